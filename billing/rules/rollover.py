"""Unused hours of an allowance at the end of its period: carried once, then gone.

Carried minutes are drawn before the period's own and expire at the end of the next period, so nothing compounds.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Rollover(StrEnum):
    NONE = "none"
    UNLIMITED = "unlimited"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class RolloverRule:
    kind: Rollover = Rollover.NONE
    cap_minutes: int = 0
    carries_deficit: bool = False

    def carried_of(self, unused: int) -> int:
        """How much of a period's own unused minutes goes over."""
        return {
            Rollover.NONE: 0,
            Rollover.UNLIMITED: unused,
            Rollover.CAPPED: min(unused, self.cap_minutes),
        }[self.kind]


@dataclass(frozen=True, slots=True)
class AllowanceUse:
    """One period: its own minutes, those carried in, those drawn, and those that pending entries still need."""

    included: int
    used: int
    carried_in: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """What the ledger books: minutes carried out, expired, kept back for pending entries, owed to the next period."""

    carried: int
    expired: int
    reserved: int
    deficit: int


def close_period(use: AllowanceUse, rule: RolloverRule) -> PeriodEnd:
    """Divide what is left. Pending entries keep their minutes until they are approved, rejected or deleted."""
    balance = use.included + use.carried_in - use.used
    reserved = min(use.reserved, max(0, balance))
    spoken_for = use.used + reserved
    own_left = max(0, use.included - max(0, spoken_for - use.carried_in))
    carried = rule.carried_of(own_left)
    left = max(0, balance - reserved)
    deficit = max(0, -balance) if rule.carries_deficit else 0
    return PeriodEnd(carried=carried, expired=left - carried, reserved=reserved, deficit=deficit)


@dataclass(frozen=True, slots=True)
class Month:
    """An allowance in a row of them: its balance, and the minutes that pending work plans to draw on it.

    `expired` and `carried` minutes left it and may come back, the carried ones out of the allowance `into`.
    """

    balance: int
    held: int = 0
    expired: int = 0
    carried: int = 0
    into: int | None = None

    def lying(self, months: Mapping[int, "Month"]) -> int:
        """The carried minutes that still lie free where they were carried to."""
        there = months.get(self.into) if self.into else None
        return min(self.carried, max(0, there.balance - there.held)) if there else 0

    def within_reach(self, months: Mapping[int, "Month"]) -> int:
        """The carried minutes that lie where they were carried to and that its own pending work can do without."""
        there = months.get(self.into) if self.into else None
        if there is None:
            return 0
        spare = there.balance - there.held + there.expired + there.lying(months)
        return max(0, min(self.carried, there.balance, spare))


def claim_carried(months: Mapping[int, Month]) -> Counter[int]:
    """Minutes by allowance that pending work of the one before will fetch back out of it: they are spoken for.

    `months` are in the order of their days. Pending work takes its own minutes first, then expired ones; what is
    overdrawn already claims nothing.
    """
    claims: Counter[int] = Counter()
    for number, month in months.items():
        beyond = claims[number] + month.held - max(0, month.balance) - month.expired
        fetched = min(beyond, month.within_reach(months))
        if month.into and fetched > 0:
            claims[month.into] += fetched
    return +claims
