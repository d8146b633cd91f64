"""Services to businesses in the EU of a month or quarter, as the recapitulative statement would declare them."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from billing.exports.zm import services_abroad, zm_rows_of
from billing.rules.zm import QUARTER_MONTHS, is_zm_period
from clients.models import Seller
from crm.access import may
from crm.periods import add_months, month_end, month_start
from crm.web.fragments import page, respond_422
from crm.web.rights import SignedIn, requires

PAGE = "billing/zm.html"


class ZmForm(forms.Form):
    first = forms.DateField(label=_("From"))
    last = forms.DateField(label=_("Until"))

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not is_zm_period(said["first"], said["last"]):
            raise forms.ValidationError(_("Choose a whole month or quarter."), code="zm_period")
        return said


@require_safe
@requires("export.see")
def zm(request: SignedIn) -> HttpResponse:
    """By German company, the last whole quarter unless a period is asked."""
    asked = request.GET.keys() & ZmForm.base_fields.keys()
    form = ZmForm(request.GET if asked else usual_period(timezone.localdate()))
    if not form.is_valid():
        return respond_422(request, PAGE, {"form": form}, fragment="rows")
    first, last = form.cleaned_data["first"], form.cleaned_data["last"]
    found = services_abroad().filter(Q(("leaves_on__range", (first, last))))
    sellers = Seller.objects.filter(country="DE", is_active=True)
    context = {
        "form": form,
        "first": first,
        "last": last,
        "found": [(seller, zm_rows_of(found.filter(seller=seller))) for seller in sellers],
        "may_export": may(request.user, "export.change"),
    }
    return page(request, PAGE, context, fragment="rows")


def usual_period(today: date) -> dict[str, date]:
    """The quarter that is over."""
    begun = month_start(today).replace(month=(today.month - 1) // QUARTER_MONTHS * QUARTER_MONTHS + 1)
    last = begun - timedelta(days=1)
    return {"first": add_months(begun, -QUARTER_MONTHS), "last": month_end(last)}
