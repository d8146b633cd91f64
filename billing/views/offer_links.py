"""The client's page of an offer: a GET only shows, because mail scanners follow links; a POST with a name decides."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from billing.documents.offers import offer_paper, render_offer
from billing.forms.offers import SignForm
from billing.models import Offer
from billing.services.offers import Signer, decide_offer
from clients.views.acting import attempt
from crm.links import find_link, log_opening
from crm.models import SignedLink
from crm.web.fragments import page, respond_422


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def offer_link(request: HttpRequest, secret: str) -> HttpResponse:
    at = timezone.now()
    link = find_link(secret, SignedLink.Purpose.OFFER, at=at)
    if link is None:
        return page(request, "billing/offer_link_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=at)
    offer = Offer.objects.select_related("client", "seller", "contact").get(pk=link.subject_id)
    with translation.override(offer.document.get("language", "en")):
        return _pdf(offer) if request.GET.get("format") == "pdf" else _answer(request, offer)


def _answer(request: HttpRequest, offer: Offer) -> HttpResponse:
    """A decided offer is shown with its decision; pressing a second time changes nothing."""
    form = SignForm(request.POST or None)
    context = {"form": form, "offer": offer, "paper": offer_paper(offer)}
    if request.method != "POST":
        return page(request, "billing/offer_link.html", context | _decision(offer))
    if form.is_valid():
        accepted = "accept" in request.POST
        signer = _signer(request, form.cleaned_data["by_name"])
        decided = attempt(form, lambda: decide_offer(offer, accepted=accepted, signer=signer, at=timezone.now()))
        if decided is not None:
            return page(request, "billing/offer_link.html", context | {"offer": decided} | _decision(decided))
    return respond_422(request, "billing/offer_link.html", context | _decision(offer))


def _decision(offer: Offer) -> dict[str, object]:
    return {"signature": getattr(offer, "signature", None), "is_open": offer.status == Offer.Status.SENT}


def _signer(request: HttpRequest, by_name: str) -> Signer:
    return Signer(by_name, request.META.get("REMOTE_ADDR") or None, request.headers.get("User-Agent", ""))


def _pdf(offer: Offer) -> HttpResponse:
    response = HttpResponse(render_offer(offer), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{offer.number.replace("/", "-")}.pdf"'
    return response
