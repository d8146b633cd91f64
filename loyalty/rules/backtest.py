"""Does the score foretell losses? Discrimination, calibration and lift on the firm's own past.

Under fifty losses nothing may be called a probability: the label says so. Scores are "higher is more at risk"
unless a function says otherwise; arrays have shape (n,), outcomes are 0 or 1.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, xlog1py, xlogy
from scipy.stats import rankdata

from loyalty.rules.models.fitting import Curve, climb_by_newton, covariance_of
from loyalty.rules.nps import normal_quantile

type Floats = NDArray[np.float64]

PROBABILITY_NEEDS = 50
"""Losses from which a calibrated probability may be shown."""


def label(losses: int) -> Literal["watch_list", "probability"]:
    """What the score may be called after so many observed losses."""
    return "probability" if losses >= PROBABILITY_NEEDS else "watch_list"


class Discrimination(NamedTuple):
    """AUC with the standard error of Hanley & McNeil 1982, Gini = 2 AUC - 1, Kolmogorov-Smirnov distance."""

    auc: float
    standard_error: float
    gini: float
    ks: float

    @property
    def beats_chance(self) -> bool:
        """Whether 0.5, mere chance, lies under the 95 % interval of the AUC."""
        return self.auc - normal_quantile(0.95) * self.standard_error > 0.5


def discrimination(outcome: ArrayLike, risk: ArrayLike) -> Discrimination | None:
    """How well a risk ranks losses before others; ties count half. None without both losses and others."""
    y, s = _checked(outcome, risk)
    lost, kept = int(y.sum()), int(y.size - y.sum())
    if not lost or not kept:
        return None
    auc = (rankdata(s)[y == 1].sum() - lost * (lost + 1) / 2) / (lost * kept)
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = auc * (1 - auc) + (lost - 1) * (q1 - auc**2) + (kept - 1) * (q2 - auc**2)
    error = np.sqrt(max(0.0, variance) / (lost * kept))
    return Discrimination(float(auc), float(error), float(2 * auc - 1), _distance(y, s))


def brier(outcome: ArrayLike, probability: ArrayLike) -> float | None:
    """Mean squared error of probabilities; None without cases."""
    y, p = _checked(outcome, probability)
    return float(np.mean((y - p) ** 2)) if y.size else None


def lift(outcome: ArrayLike, risk: ArrayLike, *, share: float = 0.1) -> float | None:
    """Loss rate among the riskiest share as a multiple of the overall rate; None without a loss.

    A tie at the edge counts in proportion, so the order of equals does not matter.
    """
    y, s = _checked(outcome, risk)
    size = share * y.size
    if not y.sum() or not 0 < share <= 1:
        return None
    edge = np.sort(s)[::-1][max(int(np.ceil(size)) - 1, 0)]
    above, level = s > edge, s == edge
    caught = y[above].sum() + y[level].mean() * (size - above.sum())
    return float(caught / size / y.mean())


@dataclass(frozen=True, slots=True)
class Bin:
    """One group of similar risk: mean stated probability, observed rate, size."""

    stated: float
    observed: float
    n: int


def calibration(outcome: ArrayLike, probability: ArrayLike, *, bins: int = 5) -> tuple[Bin, ...]:
    """Stated against observed in groups of about equal size, from the safest up; equal values stay together."""
    y, p = _checked(outcome, probability)
    if not y.size:
        return ()
    group = np.searchsorted(np.quantile(p, np.arange(1, bins) / bins), p, side="left")
    return tuple(
        Bin(float(p[group == g].mean()), float(y[group == g].mean()), int((group == g).sum())) for g in np.unique(group)
    )


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Probability of loss = 1 / (1 + exp(-(intercept + per_ten_points x points / 10))) (Platt scaling).

    `errors` are the standard errors of both; None where the losses do not identify them.
    """

    intercept: float
    per_ten_points: float
    errors: tuple[float, float] | None
    losses: int
    n: int

    @property
    def label(self) -> Literal["watch_list", "probability"]:
        return label(self.losses)

    def probability(self, points: ArrayLike) -> Floats:
        """Probability of loss at a health score (higher is healthier), shape as given."""
        z = self.intercept + self.per_ten_points * np.asarray(points, dtype=np.float64) / 10
        result: Floats = expit(z)
        return result


def calibrate(outcome: ArrayLike, points: ArrayLike) -> Calibrated | None:
    """Fit probabilities to health points on past outcomes; None if the score separates them completely.

    None too without both losses and others, or if all scores are equal: then there is nothing to fit.
    """
    y, points_ = _checked(outcome, points)
    x = points_ / 10
    if not 0 < y.sum() < y.size or x.min() == x.max():
        return None
    if x[y == 1].max() <= x[y == 0].min() or x[y == 1].min() >= x[y == 0].max():
        return None
    design = np.column_stack((np.ones_like(x), x))

    def curve(at: Floats) -> Curve:
        p = expit(design @ at)
        value = float((xlogy(y, p) + xlog1py(1 - y, -p)).sum())
        return Curve(value, design.T @ (y - p), -(design.T * (p * (1 - p))) @ design)

    found = climb_by_newton(curve, [np.zeros(2)])
    covariance = covariance_of(found.hessian)
    errors = None if covariance is None else (covariance[0][0] ** 0.5, covariance[1][1] ** 0.5)
    return Calibrated(float(found.point[0]), float(found.point[1]), errors, int(y.sum()), y.size)


def log_likelihood(outcome: ArrayLike, fitted: Calibrated, points: ArrayLike) -> float:
    """Log-likelihood of past outcomes (0 or 1) under calibrated probabilities at their health points."""
    y, points_ = _checked(outcome, points)
    p = fitted.probability(points_)
    return float((xlogy(y, p) + xlog1py(1 - y, -p)).sum())


def _distance(y: Floats, s: Floats) -> float:
    levels = np.unique(s)
    lost, kept = np.sort(s[y == 1]), np.sort(s[y == 0])
    below = [np.searchsorted(one, levels, side="right") / one.size for one in (lost, kept)]
    return float(np.abs(below[0] - below[1]).max())


def _checked(outcome: ArrayLike, score: ArrayLike) -> tuple[Floats, Floats]:
    y, s = np.asarray(outcome, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if y.ndim != 1 or y.shape != s.shape or not np.isin(y, (0, 1)).all() or not np.isfinite(s).all():
        raise ValueError("outcomes are 0 or 1, scores finite, both lists of one length")
    return y, s
