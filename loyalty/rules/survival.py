"""How long clients stay: Kaplan-Meier from a landmark on, and the tests between groups of anchors.

Groups are formed by what was known at the landmark, never by what a client has today: those who stayed long had
more time to buy more lines, and the chart would always prove the seed (immortal-time bias).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from loyalty.rules.nps import normal_quantile

type Floats = NDArray[np.float64]


class Observation(NamedTuple):
    """One client: time from the start in one unit, and whether they left then (else still there)."""

    time: float
    left: bool


class Point(NamedTuple):
    """One step of the curve: time, clients at risk, losses, survival, standard error, interval.

    The interval is None once survival is 0 or while it is 1.
    """

    time: float
    at_risk: int
    losses: int
    survival: float
    standard_error: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A Kaplan-Meier curve: steps at losses only, and how far it has been observed."""

    n: int
    points: tuple[Point, ...]
    observed_until: float

    @property
    def median(self) -> float | None:
        """First time at which half have left; None if that is not reached."""
        return next((point.time for point in self.points if point.survival <= 0.5 + 1e-12), None)

    def at(self, time: float) -> float:
        """Survival at a time; the last step stands beyond it."""
        return next((point.survival for point in reversed(self.points) if point.time <= time), 1.0)

    def interval_at(self, time: float) -> tuple[float, float] | None:
        """Limits of the survival at a time; None before the first loss and once nobody is left."""
        point = next((point for point in reversed(self.points) if point.time <= time), None)
        return None if point is None or point.low is None or point.high is None else (point.low, point.high)

    def restricted_mean(self, until: float) -> float | None:
        """Mean time stayed up to `until`: the area under the curve; None if it is not observed that far."""
        if until > self.observed_until and (not self.points or self.points[-1].survival > 0):
            return None
        times = [0.0, *(point.time for point in self.points if point.time < until), until]
        levels = [1.0, *(point.survival for point in self.points if point.time < until)]
        return math.fsum(level * (b - a) for level, a, b in zip(levels, times[:-1], times[1:], strict=True))


def kaplan_meier(observations: Sequence[Observation], *, level: float = 0.95) -> Curve | None:
    """Product-limit curve with Greenwood's variance and log-log intervals; None without an observation."""
    if not observations:
        return None
    quantile, survival, variance = normal_quantile(level), 1.0, 0.0
    points = []
    for time in sorted({one.time for one in observations if one.left}):
        at_risk = sum(one.time >= time for one in observations)
        losses = sum(one.left and one.time == time for one in observations)
        survival *= 1 - losses / at_risk
        variance += losses / (at_risk * (at_risk - losses)) if losses < at_risk else 0.0
        low, high = _log_log(survival, variance, quantile)
        error = survival * math.sqrt(variance)
        points.append(Point(time, at_risk, losses, survival, error, low, high))
    return Curve(len(observations), tuple(points), max(one.time for one in observations))


class Followed(NamedTuple):
    """A client with what they had at the landmark (None if it is not known)."""

    observation: Observation
    anchors: int | None


def landmark_groups(clients: Sequence[Followed], *, landmark: float) -> dict[int, list[Observation]]:
    """Clients still there after the landmark, by their anchors at it; times stay reckoned from the start.

    Who left or was lost from sight before or at the landmark takes no part, nor who had no anchor count.
    """
    groups: dict[int, list[Observation]] = {}
    for client in clients:
        if client.anchors is not None and client.observation.time > landmark:
            groups.setdefault(client.anchors, []).append(client.observation)
    return dict(sorted(groups.items()))


@dataclass(frozen=True, slots=True)
class LogRank:
    """Observed and expected losses by group, chi-square with its degrees and p, and the test for trend.

    The trend statistic has one degree of freedom; both are None where nothing can be compared.
    """

    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi_square: float
    degrees: int
    p: float
    trend_chi_square: float
    trend_p: float


def log_rank(groups: Mapping[int, Sequence[Observation]]) -> LogRank | None:
    """Log-rank test between groups, and for trend with the keys as scores (Tarone 1975).

    None with fewer than two groups or without a loss while two groups were at risk.
    """
    scores, samples = np.array(list(groups), dtype=np.float64), list(groups.values())
    observed, expected, covariance = _losses(samples)
    away = observed - expected
    if len(samples) < 2 or not np.diag(covariance).any():
        return None
    chi_square = float(away @ np.linalg.pinv(covariance) @ away)
    slope = float(scores @ away) ** 2 / float(scores @ covariance @ scores)
    degrees = int(np.linalg.matrix_rank(covariance))
    return LogRank(
        tuple(map(float, observed)),
        tuple(map(float, expected)),
        chi_square,
        degrees,
        float(chdtrc(degrees, chi_square)),
        slope,
        float(chdtrc(1, slope)),
    )


def _losses(samples: Sequence[Sequence[Observation]]) -> tuple[Floats, Floats, Floats]:
    """Observed and expected losses of each group and their hypergeometric covariance."""
    k = len(samples)
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for time in sorted({one.time for sample in samples for one in sample if one.left}):
        at_risk = np.array([sum(one.time >= time for one in sample) for sample in samples], dtype=np.float64)
        lost = np.array([sum(one.left and one.time == time for one in s) for s in samples], dtype=np.float64)
        n, d = at_risk.sum(), lost.sum()
        share = at_risk / n
        observed += lost
        expected += d * share
        if n > 1:
            covariance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    return observed, expected, covariance


def _log_log(survival: float, variance: float, quantile: float) -> tuple[float | None, float | None]:
    if not 0 < survival < 1:
        return None, None
    reach = quantile * math.sqrt(variance) / abs(math.log(survival))
    return survival ** math.exp(reach), survival ** math.exp(-reach)
