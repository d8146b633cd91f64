"""Acts around a handover: handing over, a fresh link, and the fit check before the first delivery."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from billing.forms.offer_acts import FitCheckForm, HandoverForm
from billing.models import Handover, Offer
from billing.services.fit_checks import check_fit
from billing.services.handovers import end_links_of, hand_over, level_of, link_to_handover
from clients.views.acting import answer, own, settled
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_handover(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.select_related("client", "seller", "contact", "lead", "author"), request.user, pk)
    level, on = level_of(row), timezone.localdate()
    form = HandoverForm(request.POST or None, level=level, offer=row, user=request.user, on=on)
    return answer(
        request,
        form,
        lambda: hand_over(row, form.said, by=request.user, on=on, at=timezone.now()),
        template="billing/offer_handover.html",
        context={"offer": row, "level": level},
        said=lambda _handover: _("Handed over."),
        fallback=reverse("billing:offer_detail", args=[pk]),
    )


@require_POST
@requires("offer.change")
def handover_new_link(request: SignedIn, pk: int) -> HttpResponse:
    """A fresh link to hand over; it is shown once, for only its hash is kept."""
    row = get_object_or_404(Handover.objects.visible_to(request.user).select_related("offer"), pk=pk)
    own(Offer.objects.all(), request.user, row.offer_id)
    secret = link_to_handover(row, by=request.user, at=timezone.now())
    url = request.build_absolute_uri(reverse("billing:handover_link", args=[secret]))
    return page(request, "billing/offer_new_link.html", {"offer": row.offer, "url": url}, fragment="dialog")


@require_POST
@requires("offer.change")
def offer_end_links(request: SignedIn, pk: int) -> HttpResponse:
    """Ends the client's links to the offer and to its handover."""
    row = own(Offer.objects.all(), request.user, pk)
    ended = end_links_of(row, at=timezone.now())
    words = ngettext("%(n)s link ended.", "%(n)s links ended.", ended) % {"n": ended}
    return settled(request, words, fallback=reverse("billing:offer_detail", args=[pk]))


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_fit_check(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.select_related("client"), request.user, pk)
    form = FitCheckForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: check_fit(row, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/offer_fit_check.html",
        context={"offer": row},
        said=lambda _check: _("Fit check signed."),
        fallback=reverse("billing:offer_detail", args=[pk]),
    )
