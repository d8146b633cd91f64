"""The model report: what was fitted on what, how, why not better, and how it did on the last year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from crm.web.formats import write_number, write_percent
from loyalty.models import FittedModel, LoyaltyPolicy
from loyalty.reports.grids import Grid, Head, Style
from loyalty.services.concentration import fraction
from loyalty.services.residuals import VALUED

NAMES = {"sbg": "sBG", "mbg_nbd": "MBG/NBD", "bg_nbd": "BG/NBD", "gamma_gamma": "Gamma-Gamma", "platt": "Platt"}
NAMES |= {"pareto_nbd": "Pareto/NBD", "bg_bb": "BG/BB"}
RIVALS = (FittedModel.Role.ADHOC, FittedModel.Role.BG, FittedModel.Role.PARETO, FittedModel.Role.YEARLY)
ALIKE = RIVALS[:3]
"""Models of the same counts, whose log-likelihoods may be compared."""
SHARES = (FittedModel.Role.RETAINERS, FittedModel.Role.HEALTH)
"""Plots of shares of one; the others count clients."""
LEAST_PLACES = 2


@dataclass(frozen=True, slots=True)
class Report:
    """One kept fit with its words and its parameters: name, value, standard error."""

    fit: FittedModel
    name: str
    method: str
    reason: str
    parameters: list[tuple[str, Decimal | None, Decimal | None]]
    log_likelihood: Decimal | None
    holdout: Mapping[str, Decimal | None]
    plot: Mapping[str, Any] | None = None
    grid: Grid | None = None
    warnings: str = ""


def models_context() -> dict[str, Any]:
    """The newest fit of each role; for comparison those of the day on which the chosen one was fitted."""
    newest = FittedModel.objects.order_by("role", "-as_of_on").distinct("role")
    reports = {row.role: _report(row) for row in newest}
    rivals = _rivals(reports)
    told = [row.name for row in rivals if row.fit.role in ALIKE and row.log_likelihood is not None]
    return {
        "fits": [report for role, report in reports.items() if role not in ALIKE[1:]],
        "rivals": rivals,
        "comparable": ", ".join(told) if len(told) > 1 else "",
        "policy": LoyaltyPolicy.load(),
        "without_error": ", ".join(_without_error(reports)),
    }


def parameters_grid() -> Grid:
    """Parameters of the newest fit of each role, with what they were fitted on."""
    newest = [_report(row) for row in FittedModel.objects.order_by("role", "-as_of_on").distinct("role")]
    heads = [
        Head("role", _("What")),
        Head("model", _("Model")),
        Head("method", _("How it was fitted")),
        Head("as_of_on", _("As of"), "day"),
        Head("from_on", _("Data since"), "day"),
        Head("n", "n", "number"),
        Head("parameter", _("Parameter")),
        Head("value", _("Figure"), "number", 6),
        Head("error", _("Standard error"), "number", 6),
    ]
    rows = [
        (
            str(row.fit.get_role_display()),
            row.name,
            row.method,
            row.fit.as_of_on,
            row.fit.window_from_on,
            row.fit.n,
            *each,
        )
        for row in newest
        for each in row.parameters
    ]
    return Grid("models", _("Models of the value to come"), heads, rows)


def _data_of(fit: FittedModel) -> tuple[date, date | None, int]:
    return fit.as_of_on, fit.window_from_on, fit.n


def _without_error(reports: Mapping[str, Report]) -> list[str]:
    """Fits of whose parameters no error is known, so that no interval can hold it."""
    rows = [reports[role].fit for role in VALUED if role in reports]
    return [row.get_role_display() for row in rows if row.covariance is None and row.posterior is None]


def _rivals(reports: Mapping[str, Report]) -> list[Report]:
    """The chosen model of orders and the others on the same orders; empty where there is none but it."""
    chosen = reports.get(RIVALS[0])
    rows = [reports[role] for role in RIVALS if role in reports]
    same = [row for row in rows if chosen and row.fit.as_of_on == chosen.fit.as_of_on]
    return same if len(same) > 1 else []


def _report(fit: FittedModel) -> Report:
    return Report(
        fit,
        NAMES.get(fit.model, fit.model),
        _methods().get(fit.method, fit.method),
        _reasons().get(fit.reason, ""),
        _pooled(fit) if fit.method == "pooled" else _parameters(fit),
        log_likelihood=None if fit.method == "pooled" else fraction(fit.log_likelihood),
        holdout={name: fraction(number) for name, number in fit.holdout.items()},
        plot=_plot(fit),
        grid=plot_grid(fit),
        warnings=", ".join(_warnings().get(code, code) for code in fit.warnings),
    )


def _plot(fit: FittedModel) -> Mapping[str, Any] | None:
    """Both lines as a chart draws them; None where the data hold too little to draw."""
    if len(fit.plot) < LEAST_PLACES:
        return None
    shares = fit.role in SHARES
    observed, expected = ([_drawn(point[side], shares) for point in fit.plot] for side in (1, 2))
    named = [{"name": _("observed"), "data": observed}, {"name": _("by the model"), "data": expected}]
    return {"x": [_place(fit, place) for place in range(len(fit.plot))], "series": named, "suffix": "%" * shares}


def plot_grid(fit: FittedModel) -> Grid:
    """The same figures as a table and a file."""
    style: Style = "percent" if fit.role in SHARES else "number"
    rows = [(_place(fit, place), fraction(point[1], 6), fraction(point[2], 6)) for place, point in enumerate(fit.plot)]
    heads = [
        Head("at", plot_words(fit.role)),
        Head("observed", _("Observed"), style, 1),
        Head("expected", _("By the model"), style, 1),
    ]
    return Grid("fit_plot", _("Observed against fitted"), heads, rows, query=f"role={fit.role}")


def plot_words(role: str) -> str:
    """What stands along the plot of a role."""
    return {
        FittedModel.Role.RETAINERS: _("Renewals"),
        FittedModel.Role.SPEND: _("Mean value of repeat orders from"),
        FittedModel.Role.HEALTH: _("Stated chance of a loss in six months"),
    }.get(FittedModel.Role(role), _("Repeat orders"))


def _place(fit: FittedModel, place: int) -> str:
    """Where a point stands: a number of orders, the last with all above it, an amount or a chance."""
    at = fit.plot[place][0]
    if fit.role == FittedModel.Role.HEALTH:
        return write_percent(fraction(at) or Decimal(0))
    if fit.role == FittedModel.Role.SPEND:
        return write_number(fraction(at, 0) or Decimal(0))
    last = place == len(fit.plot) - 1 and fit.role == FittedModel.Role.ADHOC
    return f"{at:.0f}+" if last else f"{at:.0f}"


def _drawn(value: float, shares: bool) -> float:
    return round(100 * value if shares else value, 1)


def _parameters(fit: FittedModel) -> list[tuple[str, Decimal | None, Decimal | None]]:
    errors: list[float | None] = [*fit.errors] if fit.errors else [None for _name in fit.names]
    rows = zip(fit.names, fit.values, errors, strict=True)
    return [(name, fraction(value), fraction(error)) for name, value, error in rows]


def _pooled(fit: FittedModel) -> list[tuple[str, Decimal | None, Decimal | None]]:
    """One rate for all is kept as a model of clients who are all alike; what it says is the rate itself."""
    first, second, *more = fit.values
    if fit.model == "sbg":
        return [(_("share that leaves at a renewal"), fraction(first / (first + second)), None)]
    if fit.model == "bg_bb":
        return [(_("share that buys in a year"), fraction(first / (first + second)), None)]
    if fit.model == "gamma_gamma":
        return [(_("mean value of an order"), fraction(first * more[0] / (second - 1)), None)]
    return [(_("orders a month while a client"), fraction(first / second), None)]


def _methods() -> dict[str, str]:
    return {
        "mle": _("Fitted on our own clients"),
        "map": _("Fitted on our own clients with stated priors"),
        "pooled": _("One rate for all clients"),
    }


def _warnings() -> dict[str, str]:
    """What the fit itself doubts."""
    return {
        "homogeneous": _("the data show no difference between clients"),
        "heavy_tail": _("so heavy a tail of large orders that there is no average of all"),
        "not_converged": _("the search for the parameters did not come to an end"),
        "no_curvature": _("the data tell no error of the parameters"),
    }


def _reasons() -> dict[str, str]:
    return {
        "few_clients": _("too few clients for a fit of their own"),
        "few_losses": _("too few losses for a fit of their own"),
        "one_renewal_round": _("only one round of renewals has been seen"),
        "few_repeaters": _("too few clients ordered again"),
        "short_window": _("the window is too short for the usual gap between orders"),
        "alike": _("the values do not tell how clients differ, so one distribution holds for all"),
        "few_years": _("too few years have been seen"),
        "unidentified": _("the fit ran away, so priors hold it"),
    }
