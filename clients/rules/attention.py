"""Overdue attention: how long nobody has spoken with a client, against the cadence of its tier."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


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
