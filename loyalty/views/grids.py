"""The tables of loyalty's pages as files: each has an address and a right of its own, and is asked as its page is."""

from collections.abc import Callable, Sequence

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.exports import export_response
from crm.models import Firm
from crm.periods import trailing_months
from crm.web.rights import SignedIn, requires
from loyalty.forms import AnswersForm, PortfolioForm, StressForm
from loyalty.models import (
    ConcentrationSnapshot,
    FittedModel,
    HealthSnapshot,
    LossReview,
    Survey,
    SurveyResponse,
    ValueSnapshot,
)
from loyalty.reports.charts import newest_by_month, nps_quarters, revenue_by_month
from loyalty.reports.diversification import diversification
from loyalty.reports.fits import parameters_grid, plot_grid
from loyalty.reports.grids import Grid
from loyalty.reports.grids.answers import quarters_grid, scores_grid
from loyalty.reports.grids.breakdowns import breakdown_grid, views_grid
from loyalty.reports.grids.portfolio import (
    chance_grid,
    concentration_grid,
    dependence_grid,
    intake_grid,
    parts_grid,
    revenue_grid,
    trend_grid,
)
from loyalty.reports.grids.staying import measures_grid, reasons_grid
from loyalty.reports.grids.values import backtest_grid, health_grid, segments_grid, values_grid
from loyalty.reports.health import backtest_context, scored_clients
from loyalty.reports.losses import losses_context
from loyalty.reports.nps import BREAKDOWNS, bars, by_score, views_of
from loyalty.reports.portfolio import newest_dependence, parts_context
from loyalty.reports.ranking import ranked_clients, ranking_grid
from loyalty.reports.retention import measure_rows
from loyalty.reports.stress import chance_figures, runway_grid, runway_of
from loyalty.reports.tails import tail_grid, tail_of
from loyalty.reports.value import ranking, segments_context
from loyalty.services.backtests import kept_backtest
from loyalty.services.concentration import Report as Concentration
from loyalty.services.concentration import client_revenue, concentration_report
from loyalty.services.nps import Report, nps_report
from loyalty.services.stress import chance_of_loss, exposures, few_large, run_stress_test, yearly_chances

type Build = Callable[[SignedIn], Grid]


def _concentration_of(request: SignedIn) -> Concentration:
    chosen = PortfolioForm(request.GET).chosen()
    window = trailing_months(timezone.localdate(), chosen["months"])
    return concentration_report(chosen["basis"], window=window, by=chosen["by"])


def concentration(request: SignedIn) -> Grid:
    return concentration_grid(_concentration_of(request))


def hhi_parts(request: SignedIn) -> Grid:
    return parts_grid(parts_context(_concentration_of(request))["parts"])


def tail(request: SignedIn) -> Grid:
    return tail_grid(tail_of(_concentration_of(request)))


def revenue(_request: SignedIn) -> Grid:
    return revenue_grid(revenue_by_month(timezone.localdate(), currency=Firm.load().base_currency))


def concentration_trend(_request: SignedIn) -> Grid:
    return trend_grid(newest_by_month(timezone.localdate()))


def intake(_request: SignedIn) -> Grid:
    on = timezone.localdate()
    return intake_grid(diversification(client_revenue(trailing_months(on, 12)), on=on))


def dependence(_request: SignedIn) -> Grid:
    return dependence_grid(newest_dependence(), currency=Firm.load().base_currency)


def chance(_request: SignedIn) -> Grid:
    listed, chances = exposures(on=timezone.localdate()), yearly_chances()
    return chance_grid(chance_figures(chance_of_loss(listed, chances), few_large(listed, chances)))


def runway(request: SignedIn) -> Grid:
    """Cash as it is and after the blow that the address names; a blow that cannot be reckoned has no table."""
    on, form = timezone.localdate(), StressForm(request.GET)
    try:
        test = run_stress_test(exposures(on=on), on=on, **form.chosen())
    except ValidationError as error:
        raise Http404 from error
    return runway_grid(runway_of(test.outcome, test.firm.cash if test.firm else None), query=form.query)


def _answers_of(request: SignedIn) -> Report:
    months = AnswersForm(request.GET).chosen()["months"]
    return nps_report(trailing_months(timezone.localdate(), months), user=request.user)


def scores(request: SignedIn) -> Grid:
    return scores_grid(by_score(each.score for each in _answers_of(request).given))


def nps_trend(request: SignedIn) -> Grid:
    return quarters_grid(nps_quarters(user=request.user, on=timezone.localdate()))


def nps_breakdown(request: SignedIn) -> Grid:
    report = _answers_of(request)
    names = {
        "role": _("By role"),
        "tier": _("By tier"),
        "designation": _("By key-client designation"),
        "line": _("By service line"),
        "employee": _("By account manager"),
        "level": _("By level"),
    }
    return breakdown_grid([(names[code], bars(report, by)) for code, by in BREAKDOWNS.items()])


def nps_views(request: SignedIn) -> Grid:
    return views_grid(views_of(_answers_of(request)))


def survey_scores(request: SignedIn) -> Grid:
    """Of the survey that the address names, over the answers that the person may read."""
    asked = request.GET.get("survey", "")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 19):
        raise Http404
    survey = get_object_or_404(Survey.objects.visible_to(request.user), pk=int(asked))
    given = survey.responses.visible_to(request.user).values_list("score", flat=True)
    return scores_grid(by_score(given), code="survey_scores")


def values(request: SignedIn) -> Grid:
    return values_grid(ranking(request.user, request.GET.get("ordering", "")), currency=Firm.load().base_currency)


def rfm(request: SignedIn) -> Grid:
    rows = ranked_clients(request.user, on=timezone.localdate())
    return ranking_grid(rows, currency=Firm.load().base_currency)


def segments(_request: SignedIn) -> Grid:
    return segments_grid(segments_context())


def health(request: SignedIn) -> Grid:
    asked = request.GET
    rows = scored_clients(request.user, band=asked.get("band", ""), ordering=asked.get("ordering", ""))
    return health_grid(list(rows), today=timezone.localdate())


def backtest(_request: SignedIn) -> Grid:
    kept = kept_backtest()
    return backtest_grid(backtest_context(*kept) if kept else {"test": None})


def loss_reasons(request: SignedIn) -> Grid:
    context = losses_context(request.user, show="all", on=timezone.localdate())
    return reasons_grid(context["reasons"], currency=context["currency"])


def measures(request: SignedIn) -> Grid:
    return measures_grid(measure_rows(request.user, on=timezone.localdate()))


def models(_request: SignedIn) -> Grid:
    return parameters_grid()


def fit_plot(request: SignedIn) -> Grid:
    """Of the newest fit of the role that the address names."""
    fits = FittedModel.objects.filter(role=request.GET.get("role", "").replace("\0", "")).order_by("-as_of_on")
    if (newest := fits.first()) is None:
        raise Http404
    return plot_grid(newest)


SHARES = (concentration, hhi_parts, tail, concentration_trend, intake, dependence)
REST = (revenue, chance, runway, backtest, models, fit_plot)
BUILDS: Sequence[tuple[str, type[Model], Sequence[Build]]] = (
    ("portfolio.see", ConcentrationSnapshot, (*SHARES, *REST)),
    ("survey.see", SurveyResponse, (scores, nps_trend, nps_breakdown, nps_views, survey_scores)),
    ("value.amounts", ValueSnapshot, (values, rfm, segments)),
    ("health.see", HealthSnapshot, (health,)),
    ("loss.see", LossReview, (loss_reasons, measures)),
)
"""Tables by the right that they need, with the model under which the trail says that somebody took one along."""


def export_of(build: Build, right: str, of: type[Model]) -> Callable[[HttpRequest], HttpResponseBase]:
    """The view of one table; asked without a form it answers CSV."""

    @require_safe
    @requires(right)
    def figures(request: SignedIn) -> FileResponse:
        grid = build(request)
        return export_response(request, grid.rows, grid.table, form=request.GET.get("format", "csv"), of=of)

    return figures


def grid_paths() -> list[URLPattern]:
    """One address for each table, named after it."""
    return [
        path(f"loyalty/figures/{_code(build).replace('_', '-')}/", view, name=f"{_code(build)}_figures")
        for right, of, builds in BUILDS
        for build in builds
        for view in [export_of(build, right, of)]
    ]


def _code(build: Build) -> str:
    return str(getattr(build, "__name__", ""))
