"""Portfolio: concentration of the firm's income, and what would happen if chosen clients left."""

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from crm.models import Firm
from crm.web.fragments import page, respond_422
from crm.web.rights import SignedIn, requires
from loyalty.forms import PortfolioForm, StressForm
from loyalty.reports.portfolio import portfolio as portfolio_context
from loyalty.reports.stress import stress_context
from loyalty.services.stress import exposures


@require_GET
@requires("portfolio.see")
def portfolio(request: SignedIn) -> HttpResponse:
    on = timezone.localdate()
    context = portfolio_context(on=on, **PortfolioForm(request.GET).chosen())
    context["stress"] = stress_context(lost=frozenset(), late=frozenset(), days=0, on=on)
    return page(request, "loyalty/portfolio.html", context, fragment="concentration")


@require_POST
@requires("portfolio.see")
def portfolio_stress(request: SignedIn) -> HttpResponse:
    on = timezone.localdate()
    form = StressForm(request.POST, clients=[each.client for each in exposures(on=on)])
    if not form.is_valid():
        return respond_422(request, "loyalty/portfolio_stress.html", {"form": form}, fragment="out")
    chosen = form.cleaned_data
    context = stress_context(
        lost=frozenset(chosen["lost"]), late=frozenset(chosen["late"]), days=chosen["days"] or 0, on=on
    )
    shown = {"stress": context, "currency": Firm.load().base_currency}
    return page(request, "loyalty/portfolio_stress.html", shown, fragment="out")
