"""Acts of services: what is rendered and not confirmed, acts made together, their files, and the client's signature."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from billing.documents.act_files import act_content
from billing.filters.service_acts import ServiceActListFilter
from billing.forms.service_acts import ActsForm, SignForm, WithdrawForm
from billing.models import HourPackage, Invoice, ServiceAct, ServiceActFile
from billing.services.hour_acts import awaiting_hour_acts, make_hour_acts
from billing.services.service_acts import (
    awaiting_acts,
    make_acts,
    sign_act,
    take_back_signature,
    usual_day,
    withdraw_act,
)
from clients.views.acting import act_once, answer
from crm.access import may
from crm.web.fragments import flash, page, respond_422, warn
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires

PAGE = "billing/service_act_list.html"
SHOWN = 200
TYPES = {ServiceActFile.Format.PDF: "application/pdf", ServiceActFile.Format.UPD: "application/xml"}


@require_safe
@requires("service_act.see")
def service_act_list(request: SignedIn) -> HttpResponse:
    part = "rows" if request.headers.get("HX-Target") == "rows" else "work"
    return page(request, PAGE, _context(request), fragment=part)


@require_POST
@requires("service_act.change")
def service_acts_make(request: SignedIn) -> HttpResponse:
    """Makes an act of each invoice and package that is ticked; those that were refused are named with the reason."""
    form = ActsForm(request.POST, **_waiting(request))
    if not form.is_valid():
        return respond_422(request, PAGE, _context(request, form=form), fragment="work")
    said, at = form.cleaned_data, timezone.now()
    of_invoices = make_acts(said["invoice"], acted_on=said["acted_on"], by=request.user, at=at)
    of_hours = make_hour_acts(said["package"], acted_on=said["acted_on"], by=request.user, at=at)
    n = len(of_invoices.acts) + len(of_hours.acts)
    if refused := [*of_invoices.refused, *of_hours.refused]:
        return respond_422(request, PAGE, _context(request, form=form, refused=refused, made=n), fragment="work")
    flash(request, ngettext("%(n)s act is made.", "%(n)s acts are made.", n) % {"n": n})
    return redirect("billing:service_act_list")


@require_safe
@requires("service_act.see")
def service_act_file(request: SignedIn, pk: int, form: str) -> HttpResponse:
    """The same bytes each time; a UPD that lacks something says what, where one came from."""
    if form not in ServiceActFile.Format.values:
        raise Http404
    act = _act(request, pk)
    try:
        name, content = act_content(act, ServiceActFile.Format(form))
    except ValidationError as refused:
        warn(request, " ".join(refused.messages))
        return redirect("billing:invoice_detail", act.invoice_id)
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    kind = TYPES[ServiceActFile.Format(form)]
    return HttpResponse(content, content_type=kind, headers=headers)


@require_http_methods(["GET", "POST"])
@requires("service_act.change")
def service_act_sign(request: SignedIn, pk: int) -> HttpResponse:
    act = _act(request, pk)
    today = timezone.localdate()
    form = SignForm(request.POST or None, initial={"signed_on": today})
    return answer(
        request,
        form,
        lambda: sign_act(act, **form.cleaned_data, by=request.user, today=today),
        template="billing/service_act_sign.html",
        context={"act": act},
        said=lambda _signature: _("The signature is recorded."),
        undo=reverse("billing:service_act_unsign", args=[pk]),
        fallback=reverse("billing:invoice_detail", args=[act.invoice_id]),
    )


@require_http_methods(["GET", "POST"])
@requires("service_act.change")
def service_act_withdraw(request: SignedIn, pk: int) -> HttpResponse:
    """Takes a wrong act back, so that its invoice may have another one."""
    act = _act(request, pk)
    form, today = WithdrawForm(request.POST or None), timezone.localdate()
    return answer(
        request,
        form,
        lambda: withdraw_act(act, **form.cleaned_data, on=today, by=request.user, at=timezone.now()),
        template="billing/service_act_withdraw.html",
        context={"act": act},
        said=lambda _withdrawal: _("The act is taken back; its invoice waits for another one."),
        fallback=reverse("billing:invoice_detail", args=[act.invoice_id]),
    )


@require_POST
@requires("service_act.change")
def service_act_unsign(request: SignedIn, pk: int) -> HttpResponse:
    act = _act(request, pk)
    return act_once(
        request,
        lambda: take_back_signature(act),
        _("The act waits for its signature again."),
        fallback=reverse("billing:invoice_detail", args=[act.invoice_id]),
    )


def _act(request: SignedIn, pk: int) -> ServiceAct:
    rows = ServiceAct.objects.visible_to(request.user)
    return get_object_or_404(rows.select_related("invoice__client", "invoice__engagement", "package", "seller"), pk=pk)


def _waiting(request: SignedIn) -> dict[str, Any]:
    """What the form offers: rendered services, and hours drawn until today, without an act."""
    on = timezone.localdate()
    return {
        "invoices": awaiting_acts(Invoice.objects.visible_to(request.user), on=on),
        "packages": awaiting_hour_acts(HourPackage.objects.visible_to(request.user), on=on),
    }


def _context(request: SignedIn, **more: Any) -> dict[str, Any]:
    acts = ServiceAct.objects.visible_to(request.user).select_related(
        "invoice__client", "package", "seller", "signature", "withdrawal"
    )
    filtered = ServiceActListFilter(request.GET, queryset=acts, request=request)
    waiting, today = _waiting(request), timezone.localdate()
    rows, packages = (list(found.select_related("client", "seller")[: SHOWN + 1]) for found in waiting.values())
    # Hours wait as they were drawn until today: an earlier day would confirm fewer than the page shows.
    day = today if packages else usual_day(rows[:SHOWN], on=today)
    fresh = ActsForm(**waiting, initial={"acted_on": day})
    form = more.pop("form", fresh)
    return {
        "waiting": [(invoice, form.ticks("invoice", invoice)) for invoice in rows[:SHOWN]],
        "packages": [(package, form.ticks("package", package)) for package in packages[:SHOWN]],
        "is_cut": max(len(rows), len(packages)) > SHOWN,
        "form": form,
        "filter": filtered,
        "page": paginate(request, filtered.qs if filtered.is_valid() else acts.none()),
        "is_filtered": bool({*request.GET} - {"page", "ordering"}),
        "may_change": may(request.user, "service_act.change"),
        "late": acts.late(on=today).count(),
        **more,
    }
