"""Net promoter score with its uncertainty: few answers say little, and a score says so.

Points run from -100 to 100 and passives stand in the base. Without an answer there is no figure. Intervals
are adjusted Wald (Rocks 2016: +0.75 detractors, +1.5 passives, +0.75 promoters), widened to hold the raw
score.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from scipy.special import ndtr, ndtri

type Category = Literal["promoter", "passive", "detractor"]

DETRACTS_TO, PROMOTES_FROM = 6, 9
TREND_NEEDS = 10
"""Under so many answers on either side no trend is claimed."""


class Counts(NamedTuple):
    """Answers by category."""

    promoters: int
    passives: int
    detractors: int

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> float | None:
        """100 (promoters - detractors) / n in points; None without an answer."""
        return _estimate(self.promoters, self.detractors, self.n).points if self.n else None

    @property
    def standard_error(self) -> float | None:
        """Standard error of the score in points, unadjusted; None without an answer."""
        return _estimate(self.promoters, self.detractors, self.n).error if self.n else None


def checked_score(score: object) -> int:
    """The score if it is an integer from 0 to 10; anything else raises ValueError, also 9.0, True and "9"."""
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= 10:
        raise ValueError(f"a score is an integer from 0 to 10, not {score!r}")
    return score


def category(score: int) -> Category:
    """0-6 detractor, 7-8 passive, 9-10 promoter; ValueError for anything else."""
    checked = checked_score(score)
    return "promoter" if checked >= PROMOTES_FROM else "passive" if checked > DETRACTS_TO else "detractor"


def sign(score: int) -> int:
    """+1 for a promoter, 0 for a passive, -1 for a detractor; the mean of signs x 100 is the NPS."""
    return {"promoter": 1, "passive": 0, "detractor": -1}[category(score)]


def count(scores: Iterable[int]) -> Counts:
    """Answers counted by category; ValueError if any of them is no score."""
    tally: dict[Category, int] = {"promoter": 0, "passive": 0, "detractor": 0}
    for score in scores:
        tally[category(score)] += 1
    return Counts(tally["promoter"], tally["passive"], tally["detractor"])


@dataclass(frozen=True, slots=True)
class Interval:
    """Interval of an NPS in points, within -100..100, holding the raw score.

    `centre` and `standard_error` are those of the adjusted counts, before clipping and widening.
    """

    low: float
    high: float
    centre: float
    standard_error: float


def interval(counts: Counts, *, level: float = 0.95) -> Interval | None:
    """Adjusted Wald interval at a confidence level in (0, 1); None without an answer."""
    if (raw := counts.nps) is None:
        return None
    centre, se = _adjusted(counts)
    reach = normal_quantile(level) * se
    low, high = max(-100.0, centre - reach), min(100.0, centre + reach)
    return Interval(min(low, raw), max(high, raw), centre, se)


@dataclass(frozen=True, slots=True)
class Change:
    """Difference of two scores: `raw` as seen; centre, interval and test on the adjusted counts.

    `p` is two-sided. `trend` may be claimed only with ten answers on each side and an interval without zero.
    """

    raw: float
    centre: float
    standard_error: float
    low: float
    high: float
    z: float
    p: float
    trend: Literal["up", "down", "not_proven", "too_few"]


def change(before: Counts, after: Counts, *, level: float = 0.95) -> Change | None:
    """Test of a change between two independent samples; None if either is empty."""
    if before.nps is None or after.nps is None:
        return None
    old, new = _adjusted(before), _adjusted(after)
    centre, se = new.points - old.points, math.hypot(old.error, new.error)
    z, reach = centre / se, normal_quantile(level) * se
    low, high = centre - reach, centre + reach
    few = min(before.n, after.n) < TREND_NEEDS
    trend: Literal["up", "down", "not_proven", "too_few"] = (
        "too_few" if few else "up" if low > 0 else "down" if high < 0 else "not_proven"
    )
    return Change(after.nps - before.nps, centre, se, low, high, z, float(2 * ndtr(-abs(z))), trend)


class Bounds(NamedTuple):
    """The score if all who were silent were detractors, and if they were promoters."""

    worst: float
    best: float


def bounds(counts: Counts, *, delivered: int) -> Bounds | None:
    """Worst and best case of the whole audience; None if nothing was delivered.

    ValueError if more answered than were reached.
    """
    silent = _silent(counts, delivered)
    if not delivered:
        return None
    net = counts.promoters - counts.detractors
    return Bounds(100 * (net - silent) / delivered, 100 * (net + silent) / delivered)


def response_rate(answered: int, *, sent: int, bounced: int = 0) -> float | None:
    """Answers / (sent - bounced) as a fraction; None if nothing was delivered, ValueError above one."""
    delivered = sent - bounced
    if min(answered, delivered, bounced) < 0 or answered > delivered:
        raise ValueError(f"{answered} answers to {sent} sent less {bounced} bounced cannot be")
    return answered / delivered if delivered else None


def sample_size(promoters: float, detractors: float, *, margin: float, level: float = 0.95) -> int:
    """Answers needed for an interval of +-margin points, given the expected fractions of both.

    ValueError unless the fractions lie in 0..1 together and the margin is positive.
    """
    if margin <= 0 or min(promoters, detractors) < 0 or promoters + detractors > 1:
        raise ValueError("a sample size needs fractions within one and a positive margin")
    variance = promoters + detractors - (promoters - detractors) ** 2
    return math.ceil((100 * normal_quantile(level) / margin) ** 2 * variance)


def finite_population(standard_error: float, *, answered: int, population: int) -> float:
    """Standard error if the sample is a good part of everybody: x sqrt((N - n) / (N - 1)).

    ValueError if more answered than there are.
    """
    if not 0 < answered <= population:
        raise ValueError("the sample is a part of the population")
    if population == 1:
        return 0.0
    return standard_error * math.sqrt((population - answered) / (population - 1))


def normal_quantile(level: float) -> float:
    """Two-sided standard normal quantile: 1.96 for 0.95. ValueError unless 0 < level < 1."""
    if not 0 < level < 1:
        raise ValueError("a confidence level lies between 0 and 1")
    return float(ndtri((1 + level) / 2))


class _Estimate(NamedTuple):
    points: float
    error: float


def _estimate(promoters: float, detractors: float, n: float) -> _Estimate:
    p, d = promoters / n, detractors / n
    return _Estimate(100 * (promoters - detractors) / n, 100 * math.sqrt(max(0.0, p + d - (p - d) ** 2) / n))


def _adjusted(counts: Counts) -> _Estimate:
    return _estimate(counts.promoters + 0.75, counts.detractors + 0.75, counts.n + 3)


def _silent(counts: Counts, delivered: int) -> int:
    if counts.n > delivered:
        raise ValueError(f"{counts.n} answers to {delivered} delivered cannot be")
    return delivered - counts.n
