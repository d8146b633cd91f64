"""Do more anchors keep clients longer? Person-period hazards by the anchors held at the start of each period.

An anchor is an active service line. Counting it at the start of the period, and every client in every period,
leaves no immortal time. Even an honest figure is association: healthy clients buy more lines.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crm.periods import DateRange
from loyalty.rules.models.fitting import Curve, climb_by_newton, covariance_of
from loyalty.rules.nps import normal_quantile

type Floats = NDArray[np.float64]

PRIOR_HAZARD = 0.05
PRIOR_EXPOSURE = 20.0
"""Shrinkage of small groups: as if 20 further client-quarters with a hazard of 5 % were seen [our choice]."""


class Exposure(NamedTuple):
    """Client-periods with so many anchors at their start, and how many of them ended in a loss."""

    anchors: int
    periods: int
    losses: int


@dataclass(frozen=True, slots=True)
class Tenure:
    """A client's time with the firm: first day, day of loss (None while there), and spans of each anchor.

    `is_loss` is False for whoever is only followed to that day.
    """

    started_on: date
    lost_on: date | None
    anchors: Mapping[str, tuple[DateRange, ...]]
    is_loss: bool = True

    def anchors_on(self, day: date) -> int:
        """Number of distinct anchors active on a day."""
        return sum(any(day in span for span in spans) for spans in self.anchors.values())


def exposures(tenures: Iterable[Tenure], periods: Iterable[DateRange]) -> tuple[Exposure, ...]:
    """Client-periods counted by anchors at their start, fewest anchors first.

    A client takes part in a period if they were there on its first day; lost in it if the loss lies in it.
    """
    spans = list(periods)
    seen: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for tenure in tenures:
        for span in spans:
            if tenure.started_on <= span.start and (tenure.lost_on is None or tenure.lost_on >= span.start):
                anchors = tenure.anchors_on(span.start)
                seen[anchors] += 1
                lost[anchors] += tenure.is_loss and tenure.lost_on is not None and tenure.lost_on in span
    return tuple(Exposure(anchors, seen[anchors], lost[anchors]) for anchors in sorted(seen))


class Hazard(NamedTuple):
    """Chance of loss in a quarter at this number of anchors, raw and shrunk; yearly retention (1 - h)^4.

    The raw figures are None without exposure.
    """

    anchors: int
    periods: int
    losses: int
    hazard: float | None
    shrunk: float
    annual_retention: float | None


def hazards(rows: Iterable[Exposure]) -> tuple[Hazard, ...]:
    """The hazard table; ValueError if a row has more losses than periods."""
    return tuple(_hazard(row) for row in rows)


@dataclass(frozen=True, slots=True)
class AnchorEffect:
    """Hazard ratio of one more anchor (complementary log-log model), with its interval.

    `proven` only if the interval leaves out 1, no effect; else the page says "not proven yet".
    """

    hazard_ratio: float
    low: float
    high: float
    intercept: float
    slope: float
    errors: tuple[float, float]
    log_likelihood: float
    proven: Literal["keeps_longer", "keeps_shorter", "not_proven"]


def anchor_effect(rows: Iterable[Exposure], *, level: float = 0.95) -> AnchorEffect | None:
    """Fit log(-log(1 - h)) = b0 + b1 (anchors - 1) by maximum likelihood.

    None if the rows cannot tell: fewer than two numbers of anchors with exposure, or losses that lie all on one
    end, or in all or none of the periods.
    """
    kept = [row for row in rows if row.periods > 0]
    if not _identified(kept):
        return None
    k, n, d = (np.array(column, dtype=np.float64) for column in zip(*kept, strict=True))
    found = fit_hazards(np.column_stack((np.ones_like(k), k - 1)), n, d)
    if found is None:
        return None
    intercept, slope = found.coefficients
    reach = normal_quantile(level) * found.errors[1]
    return AnchorEffect(
        hazard_ratio=math.exp(slope),
        low=math.exp(slope - reach),
        high=math.exp(slope + reach),
        intercept=intercept,
        slope=slope,
        errors=(found.errors[0], found.errors[1]),
        log_likelihood=found.log_likelihood,
        proven="keeps_longer" if slope + reach < 0 else "keeps_shorter" if slope > reach else "not_proven",
    )


@dataclass(frozen=True, slots=True)
class HazardFit:
    """log(-log(1 - h)) = design x coefficients: the first is the base hazard's, `exp` of the others are ratios."""

    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    log_likelihood: float

    @property
    def errors(self) -> tuple[float, ...]:
        return tuple(math.sqrt(row[place]) for place, row in enumerate(self.covariance))


def fit_hazards(design: Floats, periods: Floats, losses: Floats) -> HazardFit | None:
    """Complementary log-log model by maximum likelihood; `design` is (rows, k) with ones in its first column.

    `periods` and `losses` count the client-periods of each row, as in `Exposure`. None without a loss, if all ended
    in one, or where the rows do not identify the coefficients.
    """
    rate = losses.sum() / periods.sum() if periods.sum() else 0.0
    if not 0 < rate < 1:
        return None
    start = np.zeros(design.shape[1])
    start[0] = math.log(-math.log1p(-rate))
    found = climb_by_newton(lambda beta: _curve(beta, design, periods, losses), [start])
    covariance = covariance_of(found.hessian)
    if not found.converged or covariance is None:
        return None
    return HazardFit(tuple(map(float, found.point)), covariance, found.value)


class AnchorIndex(NamedTuple):
    """Mean number of anchors, share of clients with two and more, revenue share of those with one."""

    mean: float
    share_two_or_more: float
    single_anchor_revenue_share: float | None


def anchor_index[K](services: Mapping[K, Set[str]], revenue: Mapping[K, Decimal]) -> AnchorIndex | None:
    """The firm's anchor figures; None without clients, the revenue share None without positive revenue."""
    if not services:
        return None
    counts = {client: len(lines) for client, lines in services.items()}
    total = sum((revenue.get(client, Decimal(0)) for client in counts), Decimal(0))
    single = sum((revenue.get(client, Decimal(0)) for client, n in counts.items() if n == 1), Decimal(0))
    return AnchorIndex(
        sum(counts.values()) / len(counts),
        sum(n >= 2 for n in counts.values()) / len(counts),
        float(single / total) if total > 0 else None,
    )


def _hazard(row: Exposure) -> Hazard:
    if not 0 <= row.losses <= row.periods:
        raise ValueError("losses are a part of the periods")
    raw = row.losses / row.periods if row.periods else None
    shrunk = (row.losses + PRIOR_HAZARD * PRIOR_EXPOSURE) / (row.periods + PRIOR_EXPOSURE)
    return Hazard(*row, raw, shrunk, None if raw is None else (1 - raw) ** 4)


def _identified(rows: list[Exposure]) -> bool:
    """Whether the losses leave the likelihood a maximum: some overlap between periods with loss and without."""
    lost = {row.anchors for row in rows if row.losses}
    kept = {row.anchors for row in rows if row.losses < row.periods}
    if len({row.anchors for row in rows}) < 2 or not lost or not kept:
        return False
    return max(lost) > min(kept) and max(kept) > min(lost)


def _curve(beta: Floats, design: Floats, n: Floats, d: Floats) -> Curve:
    """Log-likelihood of the complementary log-log model with its derivatives."""
    rate = np.exp(design @ beta)
    odds = rate / np.expm1(rate)
    value = float(d @ np.log(-np.expm1(-rate)) - (n - d) @ rate)
    slope = d * odds - (n - d) * rate
    bend = d * odds * (1 - rate - odds) - (n - d) * rate
    return Curve(value, design.T @ slope, (design.T * bend) @ design)
