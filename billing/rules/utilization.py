"""How much of people's time is charged: billable minutes over available ones.

Available is the week's agreed minutes spread over five working days, less public holidays and absences.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from crm.money import round_half_up

WORKING_DAYS = 5


@dataclass(frozen=True, slots=True)
class Utilization:
    """Minutes of one person in a window; `share` is None where nobody was to work."""

    available_minutes: int
    worked_minutes: int
    billable_minutes: int

    @property
    def share(self) -> Decimal | None:
        return share_of(self.billable_minutes, self.available_minutes)


def share_of(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A fraction with six decimals, None of nothing."""
    return round_half_up(Fraction(part) / Fraction(whole), 6) if whole else None


def available_minutes(
    weekly_minutes: int, first: date, last: date, *, holidays: Container[date], away: Iterable[tuple[date, date]]
) -> int:
    """Minutes that somebody could work from the first to the last day, both inclusive; rounded down once."""
    spans = list(away)
    days = 0
    for offset in range((last - first).days + 1):
        on = first + timedelta(days=offset)
        absent = any(start <= on <= end for start, end in spans)
        days += on.weekday() < WORKING_DAYS and on not in holidays and not absent
    return weekly_minutes * days // WORKING_DAYS
