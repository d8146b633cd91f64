"""Portfolio: concentration of the firm's income, and what would happen if chosen clients left or paid late."""

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from crm.models import Firm
from crm.web.fragments import page, respond_422, wants_fragment
from crm.web.rights import SignedIn, requires
from loyalty.forms import PortfolioForm, StressForm
from loyalty.reports.grids.portfolio import chance_grid
from loyalty.reports.portfolio import concentration_panel, stress_rows
from loyalty.reports.portfolio import portfolio as portfolio_context
from loyalty.reports.stress import chance_figures, stress_figures
from loyalty.services.stress import chance_of_loss, exposures, few_large, run_stress_test, yearly_chances


@require_safe
@requires("portfolio.see")
def portfolio(request: SignedIn) -> HttpResponse:
    """For htmx only the panel of concentration, which changes with what it is measured on and counted by."""
    on, chosen = timezone.localdate(), PortfolioForm(request.GET).chosen()
    if wants_fragment(request):
        return page(request, "loyalty/portfolio.html", concentration_panel(on=on, **chosen), fragment="concentration")
    context = portfolio_context(on=on, user=request.user, **chosen)
    return page(request, "loyalty/portfolio.html", context)


@require_POST
@requires("portfolio.see")
def portfolio_stress(request: SignedIn) -> HttpResponse:
    on, form = timezone.localdate(), StressForm(request.POST)
    context = {"currency": Firm.load().base_currency, "form": form}
    listed = exposures(on=on)
    try:
        test = run_stress_test(listed, on=on, **form.chosen())
        context["stress"] = stress_figures(test, query=form.query)
    except ValidationError as error:
        context["refused"] = error.messages
        return respond_422(request, "loyalty/portfolio_stress.html", context, fragment="out")
    return page(request, "loyalty/portfolio_stress.html", context | stress_rows(listed), fragment="out")


@require_safe
@requires("portfolio.see")
def portfolio_chance(request: SignedIn) -> HttpResponse:
    """What chance alone may take in a year; asked for apart, because it may take a moment."""
    on = timezone.localdate()
    listed, chances = exposures(on=on), yearly_chances()
    chance = chance_figures(chance_of_loss(listed, chances), few_large(listed, chances))
    context = {"chance": chance, "chances": chances, "chance_grid": chance_grid(chance)}
    return page(request, "loyalty/portfolio_chance.html", context, fragment="chance")
