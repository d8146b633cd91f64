"""How good estimates were: what was used against what was signed, and how many offers were won."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from statistics import NormalDist, fmean, stdev

from crm.money import round_half_up

FEWEST = 3  # below that many finished works nothing is said about the next one
LEAST_SPREAD = 10
"""With ten works the error of the deviation is a quarter of it; with fewer no range of single works is named."""
FOUR_OF_FIVE = NormalDist().inv_cdf(0.9)


@dataclass(frozen=True, slots=True)
class Decided:
    """Minutes of one delivered offer."""

    signed: int
    used: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`ratio` is used / signed over all, `low` and `high` bound the middle half of the single ratios."""

    count: int
    ratio: Decimal
    low: Decimal
    high: Decimal


def win_rate(won: int, decided: int) -> Decimal | None:
    """Accepted offers of those that were decided, as a fraction with six decimals; None where none was."""
    return round_half_up(Fraction(won, decided), 6) if decided else None


def accuracy_of(works: Sequence[Decided], *, least: int = FEWEST) -> Accuracy | None:
    """Used against signed; None below `least` works that had an estimate."""
    known = [work for work in works if work.signed]
    if len(known) < least:
        return None
    ratios = sorted(Fraction(work.used, work.signed) for work in known)
    whole = Fraction(sum(work.used for work in known), sum(work.signed for work in known))
    quarter = len(ratios) // 4
    return Accuracy(
        len(known),
        round_half_up(whole, 6),
        round_half_up(ratios[quarter], 6),
        round_half_up(ratios[-1 - quarter], 6),
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and standard deviation of ln(used / signed) over `count` works."""

    count: int
    mean: float
    deviation: float

    @property
    def mean_error(self) -> float:
        return self.deviation / math.sqrt(self.count)

    @property
    def deviation_error(self) -> float:
        return self.deviation / math.sqrt(2 * (self.count - 1))

    @property
    def typical(self) -> float:
        """How much longer the middle work took: 0.05 for 5 %, negative for shorter."""
        return math.expm1(self.mean)

    @property
    def four_of_five(self) -> tuple[float, float]:
        """Between what the next work of the kind stays in four cases of five, as `typical` is written.

        Student's range of a further work, so that few works give a wide one; its quantile by the expansion of
        Cornish and Fisher (two terms, at most 0.0003 off from ten works on).
        """
        z, v = FOUR_OF_FIVE, self.count - 1
        student = z + (z**3 + z) / (4 * v) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        reach = student * self.deviation * math.sqrt(1 + 1 / self.count)
        return math.expm1(self.mean - reach), math.expm1(self.mean + reach)


def spread_of(works: Iterable[Decided], *, least: int = LEAST_SPREAD) -> Spread | None:
    """How single works strayed from what was signed, as ratios: twice as long weighs as much as half as long.

    Works without an estimate or without any use say nothing. None below `least` of the others.
    """
    logs = [math.log(work.used / work.signed) for work in works if work.signed > 0 and work.used > 0]
    return Spread(len(logs), fmean(logs), stdev(logs)) if len(logs) >= max(least, 2) else None
