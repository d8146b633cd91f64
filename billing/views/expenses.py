"""Expenses: one's own and those to approve; a receipt from the phone's camera in one form."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.api.expenses import receipt_file
from billing.forms.expenses import ExpenseForm
from billing.forms.time import RejectForm
from billing.models import Expense
from billing.services.expenses import approve_expenses, delete_expense, hand_in_expense, reject_expenses
from clients.models import Client
from clients.views.acting import act_once, answer, own, valued_page
from crm.web.formats import write_money
from crm.web.fragments import page
from crm.web.pages import asked_id
from crm.web.rights import SignedIn, requires

FORM = require_http_methods(["GET", "HEAD", "POST"])
WAYS = {
    "waiting": gettext_lazy("To approve"),
    "open": gettext_lazy("To invoice"),
    "mine": gettext_lazy("Mine"),
    "all": gettext_lazy("All"),
}


@require_safe
@requires("expense.see")
def expense_list(request: SignedIn) -> HttpResponse:
    """`?show=waiting|open|mine|all`."""
    asked = request.GET.get("show", "all")
    show = asked if asked in WAYS else "all"
    seen = Expense.objects.visible_to(request.user).select_related("client", "employee", "engagement")
    rows = {
        "waiting": seen.waiting().of_others(request.user),
        "open": seen.to_invoice(),
        "mine": seen.filter(employee=request.user),
        "all": seen,
    }[show].prefetch_related("receipts")
    others = Expense.objects.reviewable_by(request.user).waiting().of_others(request.user)
    reviewable = set(others.values_list("pk", flat=True)[:1000])
    context = {"page": valued_page(request, rows), "show": show, "ways": WAYS.items(), "reviewable": reviewable}
    return page(request, "billing/expense_list.html", context, fragment="rows")


@FORM
@requires("expense.change")
def expense_new(request: SignedIn) -> HttpResponse:
    row = Expense(employee=request.user)
    first = {"spent_on": timezone.localdate(), "client": _asked_client(request)}
    form = ExpenseForm(request.POST or None, request.FILES or None, instance=row, user=request.user, initial=first)
    return _answer(request, form, _("New expense"))


@FORM
@requires("expense.change")
def expense_edit(request: SignedIn, pk: int) -> HttpResponse:
    """What was not approved may be mended; it then waits again."""
    row = own(Expense.objects.select_related("client"), request.user, pk)
    form = ExpenseForm(
        request.POST or None,
        request.FILES or None,
        instance=row,
        user=request.user,
        initial={"client": row.client},
    )
    return _answer(request, form, _("Edit expense"))


@FORM
@requires("expense.change")
def expense_delete(request: SignedIn, pk: int) -> HttpResponse:
    """Asks once more, because the receipt goes with it."""
    row = own(Expense.objects.select_related("client"), request.user, pk)
    lede = f"{row.client.name}, {row.description}: {write_money(row.amount, row.currency)}"
    return answer(
        request,
        forms.Form(request.POST if request.method == "POST" else None),
        lambda: _judged(lambda: delete_expense(row, by=request.user)),
        template="components/act.html",
        context={"title": _("Delete this expense and its receipt?"), "lede": lede, **_back(), "button": _("Delete")},
        said=lambda _gone: _("Expense deleted."),
        fallback=reverse("billing:expense_list"),
    )


@require_POST
@requires("expense.approve")
def expense_approve(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Expense.objects.all(), request.user, pk)
    words = ngettext("%(n)s expense approved.", "%(n)s expenses approved.", 1) % {"n": 1}
    return act_once(
        request,
        lambda: _judged(lambda: approve_expenses([row.pk], by=request.user, at=timezone.now())),
        words,
        fallback=reverse("billing:expense_list"),
    )


@FORM
@requires("expense.approve")
def expense_reject(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Expense.objects.select_related("client"), request.user, pk)
    form = RejectForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: _judged(lambda: reject_expenses([row.pk], by=request.user, **form.cleaned_data)),
        template="components/act.html",
        context={"title": _("Give back"), "lede": str(row), **_back(), "button": _("Give back")},
        said=lambda _rows: _("Given back."),
        fallback=reverse("billing:expense_list"),
    )


@require_safe
@requires("expense.see")
def expense_receipt(request: SignedIn, pk: int) -> HttpResponse:
    return receipt_file(get_object_or_404(Expense.objects.visible_to(request.user), pk=pk))


def _answer(request: SignedIn, form: ExpenseForm, title: str) -> HttpResponse:
    return answer(
        request,
        form,
        lambda: hand_in_expense(form.filled(), by=request.user, at=timezone.now(), receipt=form.upload),
        template="components/act.html",
        context={"title": title, **_back()},
        said=lambda row: _("%(amount)s %(currency)s handed in.") % {"amount": row.amount, "currency": row.currency},
        fallback=reverse("billing:expense_list"),
    )


def _judged(act: Any) -> Any:
    """Who may not approve is told in words, as for any other refusal."""
    try:
        return act()
    except PermissionDenied as refused:
        raise ValidationError(str(refused), code="forbidden") from refused


def _asked_client(request: SignedIn) -> Client | None:
    return Client.objects.visible_to(request.user).filter(pk=asked_id(request.GET.get("client"))).first()


def _back() -> dict[str, str]:
    return {"back": reverse("billing:expense_list"), "back_words": _("Expenses")}
