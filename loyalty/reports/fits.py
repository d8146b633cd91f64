"""The model report: what was fitted on what, how, why not better, and how it did on the last year."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.models import FittedModel, LoyaltyPolicy
from loyalty.services.concentration import fraction
from loyalty.services.residuals import VALUED

NAMES = {"sbg": "sBG", "mbg_nbd": "MBG/NBD", "bg_nbd": "BG/NBD", "gamma_gamma": "Gamma-Gamma", "platt": "Platt"}
NAMES |= {"pareto_nbd": "Pareto/NBD", "bg_bb": "BG/BB"}
RIVALS = (FittedModel.Role.ADHOC, FittedModel.Role.BG, FittedModel.Role.PARETO, FittedModel.Role.YEARLY)
ALIKE = RIVALS[:3]
"""Models of the same counts, whose log-likelihoods may be compared."""


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


def models_context() -> dict[str, Any]:
    """The newest fit of each role; for comparison those of the day on which the chosen one was fitted."""
    newest = FittedModel.objects.order_by("role", "-as_of_on").distinct("role")
    reports = {row.role: _report(row) for row in newest}
    rivals = _rivals(reports)
    told = [row.name for row in rivals if row.fit.role in ALIKE and row.log_likelihood is not None]
    return {
        "fits": [report for role, report in reports.items() if role not in RIVALS[1:]],
        "rivals": rivals,
        "comparable": ", ".join(told) if len(told) > 1 else "",
        "policy": LoyaltyPolicy.load(),
        "without_error": ", ".join(_without_error(reports)),
    }


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
    )


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


def _reasons() -> dict[str, str]:
    return {
        "few_clients": _("too few clients for a fit of their own"),
        "few_losses": _("too few losses for a fit of their own"),
        "one_renewal_round": _("only one round of renewals has been seen"),
        "few_repeaters": _("too few clients ordered again"),
        "short_window": _("the window is too short for the usual gap between orders"),
        "few_years": _("too few years have been seen"),
        "unidentified": _("the fit ran away, so priors hold it"),
    }
