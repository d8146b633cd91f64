"""Acts on an offer that runs over: the client is told, what is left is said, a partner lets it bill."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.offer_acts import ForecastForm, NoticeForm, OverrideForm
from billing.models import Offer, TimeEntry
from billing.reports.overruns import overrun_of
from billing.services.notices import forecast_offer, may_override, note_overrun, override_overrun
from clients.views.acting import answer, own
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_notice(request: SignedIn, pk: int) -> HttpResponse:
    row, at = own(Offer.objects.select_related("contact", "seller"), request.user, pk), timezone.now()
    initial = {"informed_at": timezone.localtime(at), "person": str(row.contact or ""), "decision": "continue"}
    form = NoticeForm(request.POST or None, initial=initial)
    return answer(
        request,
        form,
        lambda: note_overrun(row, form.told, by=request.user, at=timezone.now()),
        template="billing/offer_notice.html",
        context={"offer": row, "state": overrun_of(row)},
        said=lambda _notice: _("Notice kept."),
        fallback=f"/offers/{pk}/",
    )


@require_http_methods(["GET", "POST"])
@requires("offer.change")
def offer_forecast(request: SignedIn, pk: int) -> HttpResponse:
    row = own(Offer.objects.select_related("seller", "client"), request.user, pk)
    form = ForecastForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: forecast_offer(row, **form.cleaned_data, by=request.user, at=timezone.now()),
        template="billing/offer_forecast.html",
        context={"offer": row, "state": overrun_of(row)},
        said=lambda _forecast: _("Forecast kept."),
        fallback=f"/offers/{pk}/",
    )


@require_http_methods(["GET", "POST"])
@requires("offer.override")
def offer_override(request: SignedIn, pk: int) -> HttpResponse:
    """A partner lets the unannounced minutes of an entry bill, of work that is not one's own."""
    entry = get_object_or_404(TimeEntry.objects.select_related("offer", "employee"), pk=pk, offer__isnull=False)
    if not may_override(entry, request.user):
        raise PermissionDenied
    form = OverrideForm(request.POST or None)
    return answer(
        request,
        form,
        lambda: override_overrun(entry, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()),
        template="billing/offer_override.html",
        context={"entry": entry, "offer": entry.offer},
        said=lambda _override: _("It bills now."),
        fallback=f"/offers/{entry.offer_id}/",
    )
