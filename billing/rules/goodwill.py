"""Goodwill as a budget: what a client was given this year against what their tier allows, and both sides of more.

Generosity is decided with its price in sight: precedents, the cost, what the same would cost next year if everybody
of the tier asked, and what refusing puts at risk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from crm.money import round_half_up

OVER_BUDGET = "goodwill_budget"
COMPLAINT_THEN_FREE = "complaint_then_free"
CLOSE = "personal_relationship"
FEWEST_FOR_MEDIAN = 3


@dataclass(frozen=True, slots=True)
class Budget:
    """Minutes of a client and year; `pending_minutes` are asked for and not yet approved."""

    total_minutes: int
    used_minutes: int = 0
    pending_minutes: int = 0

    @property
    def left_minutes(self) -> int:
        return self.total_minutes - self.used_minutes

    @property
    def free_minutes(self) -> int:
        """What may still be asked for without a partner; below zero when too much was."""
        return self.left_minutes - self.pending_minutes

    def holds(self, minutes: int) -> bool:
        return minutes <= self.free_minutes


def next_year_exposure(minutes: int, *, clients: int) -> int:
    """Minutes that the same would take next year if every client of the tier with the same case had it."""
    return minutes * clients


@dataclass(frozen=True, slots=True)
class Fairness:
    """Goodwill by paid value of a client, against the median of their tier; None where there are too few."""

    share: Decimal | None
    median: Decimal | None
    clients: int

    @property
    def ratio(self) -> Decimal | None:
        """How many times the tier's median the client got."""
        if self.share is None or not self.median:
            return None
        return round_half_up(self.share / self.median, 2)


def judge_fairness(client: int, shares: Mapping[int, Decimal]) -> Fairness:
    """`shares` are goodwill by paid value of each client of the tier that paid something."""
    values = list(shares.values())
    middle = round_half_up(median(values), 6) if len(values) >= FEWEST_FOR_MEDIAN else None
    return Fairness(shares.get(client), middle, len(values))


def is_contagious(free_shares: Sequence[Decimal | None]) -> bool:
    """Whether the free share of a service rose two quarters running; oldest first, three quarters are needed."""
    last = list(free_shares)[-3:]
    if len(last) < 3 or any(share is None for share in last):
        return False
    first, second, third = (share for share in last if share is not None)
    return first < second < third
