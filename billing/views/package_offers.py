"""More hours offered to the client, who accepts on a link."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from billing.forms.offers import default_validity
from billing.forms.packages import TopUpOfferForm
from billing.models import HourPackage, Offer
from billing.reports.packages import top_up_price
from billing.services.package_offers import offer_top_up
from clients.views.acting import answer, own
from crm.web.rights import SignedIn, requires


@require_http_methods(["GET", "POST"])
@requires("offer.send")
def package_offer(request: SignedIn, pk: int) -> HttpResponse:
    """Offers 50 hours or as many as are asked for at the price so far, until the package's last day at most."""
    package, on = own(HourPackage.objects.with_balance(), request.user, pk), timezone.localdate()
    hours = 100 if request.GET.get("hours") == "100" else 50
    until = min(default_validity(on), package.expires_on or default_validity(on))
    initial = {"hours": hours * 60, "price": top_up_price(package, hours * 60), "valid_until": until}
    form = TopUpOfferForm(request.POST or None, client=package.client, initial=initial)
    return answer(
        request,
        form,
        lambda: offer_top_up(package, **form.terms(), by=request.user, at=timezone.now()),
        template="billing/package_offer.html",
        context={"package": package},
        said=_said,
        fallback=reverse("billing:package_detail", args=[pk]),
    )


def _said(offer: Offer) -> str:
    if offer.recipient:
        return _("Offer %(number)s goes to %(address)s.") % {"number": offer.number, "address": offer.recipient}
    return _("Offer %(number)s is ready; nobody has an address: hand its link over.") % {"number": offer.number}
