"""Claims taken back or given up: credit notes, write-offs asked for by one person and decided by another."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.forms.credits import CreditForm, WriteOffForm
from billing.models import Invoice, WriteOffRequest
from billing.services.credits import CreditKind, left_on_lines, preview_credit
from billing.services.sold_hours import credit_or_refund
from billing.services.write_offs import approve_write_off, refuse_write_off, request_write_off
from clients.views.acting import act_once, answer, attempt
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

CREDIT = "billing/invoice_credit.html"


@require_http_methods(["GET", "POST"])
@requires("invoice.issue")
def invoice_credit(request: SignedIn, pk: int) -> HttpResponse:
    """A credit note, in full or by line; it is issued at once under a number of its own."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("client", "seller"), pk=pk)
    starting = {"kind": CreditKind.FULL.value, "issued_on": timezone.localdate()}
    form = CreditForm(request.POST or None, initial=starting, left=left_on_lines(invoice))
    context = {"form": form, "invoice": invoice}
    if request.method == "GET":
        return page(request, CREDIT, context, fragment="dialog")
    credit = attempt(form, lambda: _credit(request, invoice, form)) if form.is_valid() else None
    if credit is None:
        return respond_422(request, CREDIT, context, fragment="dialog")
    flash(request, _("Credit note %(number)s is issued.") % {"number": credit.number})
    return redirect("billing:invoice_detail", credit.pk)


@require_safe
@requires("invoice.issue")
def invoice_credit_sum(request: SignedIn, pk: int) -> HttpResponse:
    """What the credit note being written comes to, and what is owed after it; silent while it is incomplete."""
    rows = Invoice.objects.visible_to(request.user).with_state(on=timezone.localdate())
    invoice = get_object_or_404(rows.select_related("client", "seller"), pk=pk)
    form = CreditForm(request.GET, left=left_on_lines(invoice))
    form.is_valid()
    found = None
    if {"kind"} <= form.cleaned_data.keys():
        try:
            found = preview_credit(invoice, kind=CreditKind(form.cleaned_data["kind"]), lines=form.named())
        except ValidationError:  # what is wrong is named when it is issued
            found = None
    return page(request, "billing/invoice_credit_sum.html", {"invoice": invoice, "sum": found}, fragment="sum")


@require_http_methods(["GET", "POST"])
@requires("write_off.ask")
def invoice_write_off(request: SignedIn, pk: int) -> HttpResponse:
    """Asks to give up what an invoice owes; another person decides."""
    rows = Invoice.objects.visible_to(request.user).with_state(on=timezone.localdate())
    invoice = get_object_or_404(rows.select_related("client", "seller"), pk=pk)
    form = WriteOffForm(request.POST or None, initial={"amount": invoice.owed_amount})
    return answer(
        request,
        form,
        lambda: request_write_off(invoice, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/invoice_write_off.html",
        context={"invoice": invoice},
        said=lambda _request: _("The write-off waits for a partner."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


@require_POST
@requires("write_off.approve")
def write_off_approve(request: SignedIn, pk: int) -> HttpResponse:
    asked = _asked(request, pk)
    return act_once(
        request,
        lambda: approve_write_off(asked, on=timezone.localdate(), by=request.user, at=timezone.now()),
        _("Written off."),
        fallback=reverse("billing:invoice_detail", args=[asked.invoice_id]),
    )


@require_POST
@requires("write_off.approve")
def write_off_refuse(request: SignedIn, pk: int) -> HttpResponse:
    asked = _asked(request, pk)
    return act_once(
        request,
        lambda: refuse_write_off(asked, by=request.user, at=timezone.now()),
        _("The claim stays."),
        fallback=reverse("billing:invoice_detail", args=[asked.invoice_id]),
    )


def _credit(request: SignedIn, invoice: Invoice, form: CreditForm) -> Invoice:
    chosen = form.cleaned_data
    return credit_or_refund(
        invoice,
        kind=CreditKind(chosen["kind"]),
        reason=chosen["reason"],
        issued_on=chosen["issued_on"],
        lines=form.named(),
        by=request.user,
        at=timezone.now(),
    )


def _asked(request: SignedIn, pk: int) -> WriteOffRequest:
    seen = Invoice.objects.visible_to(request.user)
    return get_object_or_404(WriteOffRequest.objects.filter(invoice__in=seen), pk=pk)
