"""The client's page of a handover: a GET only shows, a POST with a typed name acknowledges."""

from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods

from billing.forms.offers import SignForm
from billing.models import Handover
from billing.services.handovers import acknowledge_handover
from billing.services.offers import Signer
from clients.views.acting import attempt
from crm.links import find_link, log_opening
from crm.models import SignedLink
from crm.web.fragments import page, respond_422

PAGE = "billing/handover_link.html"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_link(request: HttpRequest, secret: str) -> HttpResponse:
    at = timezone.now()
    link = find_link(secret, SignedLink.Purpose.HANDOVER, at=at)
    if link is None:
        return page(request, "billing/link_ended.html", status=HTTPStatus.GONE)
    log_opening(link, request, at=at)
    handover = Handover.objects.get(pk=link.subject_id)
    with translation.override(handover.document.get("language", "en")):
        return _answer(request, handover)


def _answer(request: HttpRequest, handover: Handover) -> HttpResponse:
    """An acknowledged handover is shown with its acknowledgement; pressing again changes nothing."""
    form = SignForm(request.POST or None)
    context = {"form": form, "handover": handover, "paper": handover.document}
    if request.method != "POST":
        return page(request, PAGE, context | _signed(handover))
    if form.is_valid():
        agent, address = request.headers.get("User-Agent", ""), request.META.get("REMOTE_ADDR") or None
        signer = Signer(form.cleaned_data["by_name"], address, agent)
        signature = attempt(form, lambda: acknowledge_handover(handover, signer=signer, at=timezone.now()))
        if signature is not None:
            return page(request, PAGE, context | {"signature": signature})
    return respond_422(request, PAGE, context | _signed(handover))


def _signed(handover: Handover) -> dict[str, object]:
    return {"signature": getattr(handover, "signature", None)}
