"""Retainers: the list, one contract with its periods and comparison, and the acts on it."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.exports import RETAINERS
from billing.filters import RetainerFilter
from billing.forms.retainers import AnswerForm, RenewForm, RetainerForm
from billing.models import Retainer
from billing.reports.retainers import retainer_context, retainers_for
from billing.services.fees import draft_again, draft_fees_of, rate_question_of
from billing.services.renewals import renew_retainer
from billing.services.retainers import agree_retainer, change_retainer
from billing.services.taxes import answer_rate_change
from clients.views.acting import attempt, own, valued_page
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.rights import SignedIn, requires

FORM = "billing/retainer_form.html"


@require_GET
@requires("retainer.see")
def retainer_list(request: SignedIn) -> HttpResponseBase:
    found = RetainerFilter(request.GET, retainers_for(request.user), request=request)
    if form := request.GET.get("format"):
        return export_response(request, found.qs.filter(shows_price=True), RETAINERS, form=form)
    may_report = may(request.user, "retainer.report")
    context = {"filter": found, "page": valued_page(request, found.qs), "may_report": may_report}
    return page(request, "billing/retainer_list.html", context, fragment="rows")


@require_GET
@requires("retainer.see")
def retainer_detail(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(retainers_for(request.user), pk=pk)
    context = retainer_context(row, user=request.user, on=timezone.localdate())
    return page(request, "billing/retainer_detail.html", context, fragment="retainer")


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_new(request: SignedIn) -> HttpResponse:
    now, on = timezone.now(), timezone.localdate()
    initial = {"client": request.GET.get("client"), "starts_on": on.replace(day=1), "price_includes_tax": True}
    form = RetainerForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        lines = form.cleaned_data["service_lines"]
        made = attempt(
            form, lambda: agree_retainer(form.retainer(), service_lines=lines, by=request.user, on=on, at=now)
        )
        if made is not None:
            return redirect("billing:retainer_detail", made.pk)
    return _show(request, FORM, {"form": form})


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Retainer.objects.all(), request.user, pk)
    now, on = timezone.now(), timezone.localdate()
    form = RetainerForm(request.POST or None, instance=row, user=request.user)
    if request.method == "POST" and form.is_valid():
        lines = form.cleaned_data["service_lines"]
        changed = attempt(
            form, lambda: change_retainer(form.retainer(), service_lines=lines, by=request.user, on=on, at=now)
        )
        if changed is not None:
            return _done(request, changed, _("Retainer saved."))
    return _show(request, FORM, {"form": form, "retainer": row})


@require_POST
@requires("invoice.draft")
def retainer_draft_fees(request: SignedIn, pk: int) -> HttpResponse:
    """Drafts what is due now instead of waiting for the night; twice drafts nothing twice."""
    row = get_object_or_404(Retainer.objects.visible_to(request.user), pk=pk)
    run = draft_fees_of(row, on=timezone.localdate(), at=timezone.now(), by=request.user)
    if run.waiting and not run.drafts:
        warn(request, _("The fee waits: answer the question about VAT first."))
        return redirect("billing:retainer_detail", pk)
    count = len(run.drafts)
    words = ngettext("%(n)s fee drafted.", "%(n)s fees drafted.", count) if count else _("Nothing is due.")
    return _done(request, row, words % {"n": count} if count else words)


@require_POST
@requires("invoice.draft")
def retainer_draft_again(request: SignedIn, pk: int, period: int) -> HttpResponse:
    """Drafts one fee whose invoice was credited."""
    row = get_object_or_404(Retainer.objects.visible_to(request.user), pk=pk)
    chosen = get_object_or_404(row.periods.select_related("retainer__client", "invoice_line"), pk=period)
    try:
        run = draft_again(chosen, on=timezone.localdate(), at=timezone.now(), by=request.user)
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return redirect("billing:retainer_detail", pk)
    if not run.drafts:
        asks = _("The fee waits: answer the question about VAT first.")
        warn(request, asks if run.question else _("The fee cannot be drafted: %(why)s") % {"why": run.reasons})
        return redirect("billing:retainer_detail", pk)
    return _done(request, row, ngettext("%(n)s fee drafted.", "%(n)s fees drafted.", 1) % {"n": 1})


@require_POST
@requires("retainer.change")
def retainer_answer(request: SignedIn, pk: int) -> HttpResponse:
    """What was agreed about a gross price after a change of the statutory rate."""
    row = own(Retainer.objects.select_related("client", "seller"), request.user, pk)
    form, question = AnswerForm(request.POST), rate_question_of(row)
    if question is None or not form.is_valid():
        warn(request, _("There is no open question."))
        return redirect("billing:retainer_detail", pk)
    answer_rate_change(
        row.client,
        agreement=question.agreement,
        agreed_percent=question.agreed_percent,
        new_percent=question.new_percent,
        choice=form.cleaned_data["choice"],
        by=request.user,
    )
    return _done(request, row, _("Answer kept."))


@require_http_methods(["GET", "POST"])
@requires("retainer.change")
def retainer_renew(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Retainer.objects.all(), request.user, pk)
    form = RenewForm(request.POST or None, initial={"months": row.term_months})
    if request.method == "POST" and form.is_valid():
        renewed = attempt(form, lambda: _renew(request, row, form.cleaned_data["months"]))
        if renewed is not None:
            return _done(request, renewed, _("The term is longer now."))
    return _show(request, "billing/retainer_renew.html", {"form": form, "retainer": row})


def _renew(request: SignedIn, row: Retainer, months: int) -> Retainer:
    return renew_retainer(row, months=months, at=timezone.now(), by=request.user)


def _show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    show = respond_422 if request.method == "POST" else page
    return show(request, template, context, fragment="" if template == FORM else "dialog")


def _done(request: HttpRequest, row: Retainer, words: str) -> HttpResponse:
    flash(request, words)
    return redirect("billing:retainer_detail", row.pk)
