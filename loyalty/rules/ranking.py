"""Clients sorted by what they bought: recency, frequency and money in fifths, and value against what is elsewhere.

Scores compare clients of one firm with each other; they say who is ahead, not that anybody is good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

FIFTHS = 5
FEWEST = 10
"""Clients that scores take: with fewer a fifth holds one, and says nothing [our choice]."""
CUT = Decimal("0.5")
"""From here on value and potential count as high."""


class Bought(NamedTuple):
    """What one client bought: days since the last purchase, their number, and their average amount."""

    recency_days: int
    frequency: int
    money: Decimal


class Scores(NamedTuple):
    """Fifths from 1 to 5, 5 the best: the most recent, the most frequent, the largest."""

    recency: int
    frequency: int
    money: int

    @property
    def code(self) -> int:
        """Three digits: 555 is the best in everything."""
        return 100 * self.recency + 10 * self.frequency + self.money


def fifths(values: Sequence[Any], *, falling: bool = False) -> list[int]:
    """Each value's fifth by its average rank, clip(ceil(5 (rank - 0.5) / n), 1, 5); equal values share one.

    `falling` gives the smallest value the 5. Fewer than five values leave fifths empty.
    """
    places = [FIFTHS * place for place in middle_ranks(values)]
    scores = [min(max(ceil(place), 1), FIFTHS) for place in places]
    return [FIFTHS + 1 - score for score in scores] if falling else scores


def middle_ranks(values: Sequence[Any]) -> list[Fraction]:
    """(average rank - 0.5) / n of each value: where it stands between 0, the smallest, and 1."""
    ordered = sorted(values)
    first: dict[Any, int] = {}
    last: dict[Any, int] = {}
    for rank, value in enumerate(ordered, 1):
        first.setdefault(value, rank)
        last[value] = rank
    return [Fraction(first[value] + last[value] - 1, 2 * len(ordered)) for value in values]


def rfm(clients: Sequence[Bought]) -> list[Scores]:
    """Scores of each client among all of them, in their order."""
    recency = fifths([each.recency_days for each in clients], falling=True)
    frequency = fifths([each.frequency for each in clients])
    money = fifths([each.money for each in clients])
    return [Scores(*each) for each in zip(recency, frequency, money, strict=True)]


class Quadrant(StrEnum):
    """What to do with a client, by what they are worth now and what they still buy elsewhere."""

    PROTECT = "protect"
    INVEST = "invest"
    DEVELOP = "develop"
    MAINTAIN = "maintain"


@dataclass(frozen=True, slots=True)
class Wallet:
    """What a client spends a year on work like ours: with us now, and what it could be in all."""

    current: Decimal
    potential: Decimal

    @property
    def elsewhere(self) -> Fraction | None:
        """Share of it that others have, from 0 to 1; None where nothing is to be had."""
        if self.potential <= 0:
            return None
        return max(Fraction(0), 1 - Fraction(max(self.current, Decimal(0))) / Fraction(self.potential))


def quadrant(
    value: Decimal | Fraction | float, potential: Decimal | Fraction | float, *, cut: Decimal = CUT
) -> Quadrant:
    """Both are from 0 to 1; what reaches the cut is high."""
    valuable, open_ground = value >= cut, potential >= cut
    if valuable:
        return Quadrant.INVEST if open_ground else Quadrant.PROTECT
    return Quadrant.DEVELOP if open_ground else Quadrant.MAINTAIN
