"""Exchange rates by day: the list, a file of a central bank, a rate by hand."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.forms.exchange_rates import ExchangeRateForm, RateFileForm
from billing.models import ExchangeRate
from billing.services.currencies import OLDEST_DAYS, base_currency
from billing.services.rate_files import Loaded, keep_rate, load_rates
from clients.views.acting import answer
from crm.access import may
from crm.web.fragments import page
from crm.web.pages import paginate
from crm.web.rights import SignedIn, requires


@require_safe
@requires("exchange_rate.see")
def exchange_rate_list(request: SignedIn) -> HttpResponse:
    context = {
        "page": paginate(request, ExchangeRate.objects.order_by("-valid_on", "base", "quote", "source")),
        "base_currency": base_currency(),
        "oldest_days": OLDEST_DAYS,
        "may_change": may(request.user, "exchange_rate.change"),
    }
    return page(request, "billing/exchange_rate_list.html", context, fragment="rows")


@require_http_methods(["GET", "POST"])
@requires("exchange_rate.change")
def exchange_rate_load(request: SignedIn) -> HttpResponse:
    """Takes a file; the same again adds nothing."""
    form = RateFileForm(request.POST or None, request.FILES or None)
    return answer(
        request,
        form,
        lambda: load_rates(form.cleaned_data["file"].read()),
        template="billing/exchange_rate_load.html",
        context={},
        said=_said,
        fallback=reverse("billing:exchange_rate_list"),
    )


@require_http_methods(["GET", "POST"])
@requires("exchange_rate.change")
def exchange_rate_new(request: SignedIn) -> HttpResponse:
    form = ExchangeRateForm(request.POST or None, initial={"valid_on": timezone.localdate()})
    return answer(
        request,
        form,
        lambda: keep_rate(form.instance),
        template="billing/exchange_rate_new.html",
        context={},
        said=lambda _rate: _("The rate is kept."),
        fallback=reverse("billing:exchange_rate_list"),
    )


def _said(loaded: Loaded) -> str:
    return _("%(new)s rates are new, %(known)s were known.") % {"new": loaded.new, "known": loaded.known}
