"""Overdue attention: how long nobody has spoken with a client, against the cadence of its tier; shares by tier."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from crm.money import round_half_up


@dataclass(frozen=True, slots=True)
class Attention:
    """Days since the last two-way touch, and the days that the tier allows."""

    days: int
    cadence: int

    @property
    def overdue_days(self) -> int:
        """Negative while there is time left."""
        return self.days - self.cadence

    @property
    def is_overdue(self) -> bool:
        return self.overdue_days > 0

    @property
    def relative(self) -> float:
        """Days overdue in units of the cadence: three days late is worse for a client called weekly."""
        return self.overdue_days / self.cadence

    @property
    def percent_in_time(self) -> float:
        """How much of the time since the last touch was allowed, for drawing the bar."""
        return 100 * min(self.cadence / self.days, 1) if self.days else 100


def attention(last_on: date, *, cadence: int, on: date) -> Attention:
    return Attention(days=max((on - last_on).days, 0), cadence=cadence)


def urgency(attention: Attention, value: Decimal | None) -> tuple[float, Decimal]:
    """Sort key of the work list, most urgent first: relative days overdue, then value."""
    return -attention.relative, -(value or Decimal(0))


@dataclass(frozen=True, slots=True)
class TierShare:
    """The part of our attention that a tier's clients got, beside the part that their cadences ask for.

    `owed` are the touches that the cadence asks for in so many days, rounded. A share is None where there is nothing
    to take it of.
    """

    tier: str
    clients: int
    touches: int
    owed: int
    share: Decimal | None
    target: Decimal | None

    @property
    def is_short(self) -> bool:
        return self.share is not None and self.target is not None and self.share < self.target


def attention_shares(
    clients: Mapping[str, int], touches: Mapping[str, int], *, cadences: Mapping[str, int], days: int
) -> list[TierShare]:
    """By tier, in the order of the cadences: a client called every 7 days weighs twice one called every 14."""
    owed = {tier: Fraction(clients.get(tier, 0) * days, cadence) for tier, cadence in cadences.items()}
    whole, spent = sum(owed.values(), Fraction(0)), sum(touches.get(tier, 0) for tier in cadences)
    return [
        TierShare(
            tier,
            clients.get(tier, 0),
            touches.get(tier, 0),
            round(owed[tier]),
            _share(Fraction(touches.get(tier, 0)), spent),
            _share(owed[tier], whole),
        )
        for tier in cadences
    ]


def _share(part: Fraction, whole: Fraction | int) -> Decimal | None:
    """Six decimals, as shares are written."""
    return round_half_up(part / whole, 6) if whole else None
