"""Fits as they are kept: written once a month, read by everything that values or reports."""

from collections.abc import Sequence
from datetime import date

from loyalty.models import FittedModel
from loyalty.rules.models.fitting import Fit
from loyalty.rules.models.goodness import Point


def newest_fit(role: str, *, on: date) -> FittedModel | None:
    return FittedModel.objects.filter(role=role, as_of_on__lte=on).order_by("-as_of_on").first()


def as_fit(row: FittedModel) -> Fit:
    """The kept row as the rules read it."""
    covariance = None if row.covariance is None else tuple(tuple(line) for line in row.covariance)
    numbers = (tuple(row.names), tuple(row.values), row.log_likelihood, row.n, covariance, tuple(row.warnings))
    posterior = None if row.posterior is None else (row.posterior[0], row.posterior[1])
    return Fit(row.model, row.method, *numbers, posterior)  # type: ignore[arg-type]  # kept from a Fit


def keep_fit(
    role: str,
    fit: Fit,
    reason: str,
    *,
    on: date,
    since: date | None = None,
    holdout: dict[str, float] | None = None,
    plot: Sequence[Point] = (),
) -> None:
    """Keeps the fit of a role as of a day, written again when run twice."""
    FittedModel.objects.update_or_create(
        role=role,
        as_of_on=on,
        defaults={
            "model": fit.model,
            "method": fit.method,
            "reason": reason,
            "names": list(fit.names),
            "values": list(fit.values),
            "errors": None if fit.errors is None else list(fit.errors),
            "covariance": fit.covariance,
            "posterior": fit.posterior,
            "log_likelihood": fit.log_likelihood,
            "n": fit.n,
            "window_from_on": since,
            "warnings": list(fit.warnings),
            "holdout": holdout or {},
            "plot": [list(point) for point in plot],
        },
    )
