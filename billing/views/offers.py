"""Offers: the list, one offer with its progress, writing and revising it, sending, and decisions written down."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing.documents.offers import render_offer
from billing.exports import OFFERS
from billing.filters import OfferFilter
from billing.forms.offers import (
    CloseForm,
    DecisionForm,
    ItemFormSet,
    OfferForm,
    ReviseForm,
    SendForm,
    default_validity,
    items_of,
)
from billing.models import Offer, SignatureFile
from billing.reports.offers import offer_context, offers_for
from billing.services.offer_links import link_to_offer
from billing.services.offers import (
    Signer,
    change_offer,
    close_offer,
    decide_offer,
    draft_offer,
    revise_offer,
    send_offer,
)
from clients.views.acting import attempt, own, valued_page
from crm.access import may
from crm.exports import export_response
from crm.web.fragments import flash, page, respond_422
from crm.web.rights import SignedIn, requires

FORM = "billing/offer_form.html"


@require_GET
@requires("offer.see")
def offer_list(request: SignedIn) -> HttpResponseBase:
    found = OfferFilter(request.GET, offers_for(request.user).newest_versions(), request=request)
    if form := request.GET.get("format"):
        return export_response(request, found.qs.filter(shows_price=True), OFFERS, form=form)
    context = {
        "filter": found,
        "page": valued_page(request, found.qs),
        "on": timezone.localdate(),
        "may_report": may(request.user, "offer.report"),
    }
    return page(request, "billing/offer_list.html", context, fragment="rows")


@require_GET
@requires("offer.see")
def offer_detail(request: SignedIn, pk: int) -> HttpResponse:
    row = get_object_or_404(offers_for(request.user), pk=pk)
    context = offer_context(row, user=request.user, on=timezone.localdate())
    return page(request, "billing/offer_detail.html", context, fragment="offer")


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_new(request: SignedIn) -> HttpResponse:
    on = timezone.localdate()
    initial = {"client": request.GET.get("client"), "valid_until": default_validity(on), "price_includes_tax": True}
    form = OfferForm(request.POST or None, user=request.user, initial=initial)
    parts = ItemFormSet(request.POST or None, prefix="items")
    if request.method == "POST" and form.is_valid() and parts.is_valid():
        made = attempt(form, lambda: draft_offer(form.offer(author=request.user), items=items_of(parts)))
        if made is not None:
            return redirect("billing:offer_detail", made.pk)
    return _show_form(request, {"form": form, "parts": parts})


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_edit(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.all(), request.user, pk)
    form = OfferForm(request.POST or None, instance=row, user=request.user)
    stored = [{"description": item.description, "minutes": item.minutes} for item in row.items.order_by("position")]
    parts = ItemFormSet(request.POST or None, prefix="items", initial=stored)
    if request.method == "POST" and form.is_valid() and parts.is_valid():
        changed = attempt(
            form, lambda: change_offer(form.offer(author=row.author), by=request.user, items=items_of(parts))
        )
        if changed is not None:
            flash(request, _("Offer saved."))
            return redirect("billing:offer_detail", pk)
    return _show_form(request, {"form": form, "parts": parts, "offer": row})


@require_http_methods(["GET", "POST"])
@requires("offer.send")
def offer_send(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.select_related("contact", "client"), request.user, pk)
    known = (row.contact.email if row.contact else "") or row.client.billing_email
    form = SendForm(request.POST or None, initial={"recipient": known})
    if request.method == "POST" and form.is_valid():
        sent = attempt(form, lambda: send_offer(row, at=timezone.now(), recipient=form.cleaned_data["recipient"]))
        if sent is not None:
            return _done(request, sent, _("Offer %(number)s sent.") % {"number": sent.number})
    return _dialog(request, "billing/offer_send.html", {"form": form, "offer": row})


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_revise(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.with_used_minutes(), request.user, pk)
    initial = {"valid_until": default_validity(timezone.localdate()), "text": row.text}
    form = ReviseForm(request.POST or None, initial=initial | {"estimated_minutes": row.estimated_minutes})
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: revise_offer(row, by=request.user, **form.cleaned_data))
        if made is not None:
            return _done(request, made, _("Version %(version)s is a draft.") % {"version": made.version})
    return _dialog(request, "billing/offer_revise.html", {"form": form, "offer": row})


@require_http_methods(["GET", "POST"])
@requires("offer.send")
def offer_decide(request: SignedIn, pk: int) -> HttpResponse:
    """An employee writes down what the client decided in another way than on the link."""
    row = own(Offer.objects.all(), request.user, pk)
    form = DecisionForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        signer = Signer(form.cleaned_data["by_name"], recorded_by=request.user, paper=form.paper())
        accepted = form.cleaned_data["accepted"]
        decided = attempt(form, lambda: decide_offer(row, accepted=accepted, signer=signer, at=timezone.now()))
        if decided is not None:
            return _done(request, decided, _("Decision kept."))
    return _dialog(request, "billing/offer_decide.html", {"form": form, "offer": row})


@require_POST
@requires("offer.send")
def offer_new_link(request: SignedIn, pk: int) -> HttpResponse:
    """A fresh link to hand over; it is shown once, for only its hash is kept."""
    row = own(Offer.objects.all(), request.user, pk)
    form = SendForm({})
    secret = attempt(form, lambda: link_to_offer(row, by=request.user, at=timezone.now()))
    url = request.build_absolute_uri(reverse("billing:offer_link", args=[secret])) if secret else ""
    return page(request, "billing/offer_new_link.html", {"offer": row, "url": url, "form": form}, fragment="dialog")


@require_http_methods(["GET", "POST"])
@requires("offer.send")
def offer_close(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.all(), request.user, pk)
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        closed = attempt(form, lambda: close_offer(row, reason=reason, on=timezone.localdate()))
        if closed is not None:
            return _done(request, closed, _("Offer closed."))
    return _dialog(request, "billing/offer_close.html", {"form": form, "offer": row})


@require_GET
@requires("offer.see")
def offer_paper(request: SignedIn, pk: int) -> HttpResponse:
    """The signed page that an employee kept."""
    row = _priced(request, pk)
    file = get_object_or_404(SignatureFile, signature__offer=row)
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    disposition = content_disposition_header(as_attachment=True, filename=file.name)
    response["Content-Disposition"] = disposition or "attachment"
    return response


@require_GET
@requires("offer.see")
def offer_pdf(request: SignedIn, pk: int) -> HttpResponse:
    row = _priced(request, pk)
    response = HttpResponse(render_offer(row), content_type="application/pdf")
    name = f"{row.number or f'draft-{row.pk}'}.pdf".replace("/", "-")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _priced(request: SignedIn, pk: int) -> Offer:
    """The offer, for who may see its price; for others it has no document."""
    row = get_object_or_404(offers_for(request.user), pk=pk)
    if not row.shows_price:
        raise Http404
    return row


def _show_form(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    show = respond_422 if request.method == "POST" else page
    return show(request, FORM, context)


def _dialog(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    show = respond_422 if request.method == "POST" else page
    return show(request, template, context, fragment="dialog")


def _done(request: HttpRequest, row: Offer, words: str) -> HttpResponse:
    flash(request, words)
    return redirect("billing:offer_detail", row.pk)
