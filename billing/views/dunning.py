"""Reminders: who is overdue, the letters before they leave, what was sent, stops for disputes, the firm's own words."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.documents.reminders import letter_paper, render_letter
from billing.forms.dunning import LANGUAGES, LEVELS, LevelsForm, SendForm, StopForm, TextForm
from billing.models import DunningNotice, Invoice
from billing.reports.dunning import chase_list, count_clients, preview_letters
from billing.services.dunning import letter_now, lift_stop, send_reminders, set_levels, stop_dunning
from clients.reports.shown import show_values
from clients.views.acting import act_once, answer, attempt, valued_page
from crm.access import may
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

SEND = "billing/dunning_send.html"


@require_safe
@requires("dunning.see")
def dunning_list(request: SignedIn) -> HttpResponse:
    """What is overdue by client, the letters that are due, and those that were sent."""
    chases = chase_list(request.user, on=timezone.localdate())
    sent = DunningNotice.objects.visible_to(request.user).select_related("client", "made_by")
    due = [chase for chase in chases if chase.level]
    show_values((chase.party.client for chase in chases), request.user)
    context = {
        "chases": chases,
        "due": due,
        "due_clients": count_clients(due),
        "late_clients": count_clients(chases),
        "page": valued_page(request, sent),
        "may_send": may(request.user, "dunning.change"),
        "may_set": may(request.user, "dunning.policy"),
    }
    return page(request, "billing/dunning_list.html", context, fragment="body")


@require_http_methods(["GET", "POST"])
@requires("dunning.change")
def dunning_send(request: SignedIn) -> HttpResponse:
    """Shows the letters about the chosen invoices, and sends them."""
    rows = Invoice.objects.visible_to(request.user).issued()
    given = request.POST if request.method == "POST" else request.GET
    form = SendForm(given, invoices=rows)
    today = timezone.localdate()
    chosen = form.cleaned_data["invoice"] if form.is_valid() else []
    if request.method == "POST" and chosen:
        sent = attempt(form, lambda: send_reminders(list(chosen), on=today, by=request.user, at=timezone.now()))
        if sent is not None:
            flash(request, ngettext("%(n)s reminder sent.", "%(n)s reminders sent.", len(sent)) % {"n": len(sent)})
            return redirect("billing:dunning_list")
    letters = preview_letters(request.user, [row.pk for row in chosen], on=today)
    show = page if request.method == "GET" else respond_422
    return show(request, SEND, {"form": form, "letters": letters}, fragment="dialog")


@require_safe
@requires("dunning.see")
def dunning_detail(request: SignedIn, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    context = {"notice": notice, "paper": letter_paper(notice), "items": notice.items.select_related("invoice")}
    return page(request, "billing/dunning_detail.html", context, fragment="body")


@require_safe
@requires("dunning.see")
def dunning_pdf(request: SignedIn, pk: int) -> HttpResponse:
    notice = _notice(request, pk)
    disposition = content_disposition_header(as_attachment=False, filename=f"{notice.dated_on}-{notice.pk}.pdf")
    headers = {"Content-Disposition": disposition or "inline"}
    return HttpResponse(render_letter(notice), content_type="application/pdf", headers=headers)


@require_http_methods(["GET", "POST"])
@requires("dunning.change")
def dunning_stop(request: SignedIn, pk: int) -> HttpResponse:
    """No reminders of an invoice that the client disputes."""
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user).select_related("client"), pk=pk)
    form = StopForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: stop_dunning(invoice, **form.cleaned_data, on=timezone.localdate(), by=request.user),
        template="billing/dunning_stop.html",
        context={"invoice": invoice},
        said=lambda _stop: _("Reminders are stopped."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


@require_POST
@requires("dunning.change")
def dunning_resume(request: SignedIn, pk: int) -> HttpResponse:
    invoice = get_object_or_404(Invoice.objects.visible_to(request.user), pk=pk)
    return act_once(
        request,
        lambda: lift_stop(invoice, on=timezone.localdate(), by=request.user),
        _("It is reminded of again."),
        fallback=reverse("billing:invoice_detail", args=[pk]),
    )


@require_http_methods(["GET", "POST"])
@requires("dunning.policy")
def dunning_settings(request: SignedIn) -> HttpResponse:
    """When each level falls due, and what its letters say in each language."""
    form = LevelsForm(request.POST or None)
    if form.is_valid() and attempt(form, lambda: _set(form)):
        flash(request, _("The levels are kept."))
        return redirect("billing:dunning_settings")
    texts = [(level, code, name, letter_now(code, level)) for level in LEVELS for code, name in LANGUAGES]
    show = respond_422 if form.is_bound else page
    return show(request, "billing/dunning_settings.html", {"form": form, "texts": texts})


@require_http_methods(["GET", "POST"])
@requires("dunning.policy")
def dunning_text(request: SignedIn, level: int, language: str) -> HttpResponse:
    if level not in LEVELS or language not in dict(LANGUAGES):
        raise Http404
    form = TextForm(request.POST or None, level=level, language=language)
    context: dict[str, Any] = {"level": level, "language": dict(LANGUAGES)[language], "code": language}
    return answer(
        request,
        form,
        form.save,
        template="billing/dunning_text.html",
        context=context,
        said=lambda _text: _("The text is kept; letters that were sent stay as they are."),
        fallback=reverse("billing:dunning_settings"),
    )


def _set(form: LevelsForm) -> bool:
    set_levels(form.days())
    return True


def _notice(request: SignedIn, pk: int) -> DunningNotice:
    rows = DunningNotice.objects.visible_to(request.user).select_related("client", "seller", "made_by")
    return get_object_or_404(rows, pk=pk)
