"""A pattern that teaches clients to complain: after a complaint something is free, year after year.

Counted are consecutive calendar years with goodwill, provided a complaint precedes it by up to 90 days in at least
two of them. Two such years warn; after three the next goodwill waits for a partner.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

REACH_DAYS = 90
WARN_YEARS = 2
BLOCK_YEARS = 3
NEEDED_COMPLAINTS = 2


class State(StrEnum):
    CLEAR = ""
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`years` in a row with goodwill up to now, and in which of them a complaint came before it."""

    years: tuple[int, ...] = ()
    complaint_years: tuple[int, ...] = ()

    @property
    def state(self) -> State:
        if len(self.complaint_years) < NEEDED_COMPLAINTS or len(self.years) < WARN_YEARS:
            return State.CLEAR
        return State.BLOCK if len(self.years) >= BLOCK_YEARS else State.WARN


def find_pattern(goodwill: Iterable[date], complaints: Iterable[date], *, on: date) -> Pattern:
    """The years in a row that reach up to the day: the last of them is its own year or the one before."""
    given = sorted(day for day in goodwill if day <= on)
    said = list(complaints)
    years = {day.year for day in given}
    streak = _streak(years, on.year)
    preceded = {day.year for day in given if any(0 <= (day - complaint).days <= REACH_DAYS for complaint in said)}
    return Pattern(streak, tuple(year for year in streak if year in preceded))


def _streak(years: set[int], this_year: int) -> tuple[int, ...]:
    last = this_year if this_year in years else this_year - 1
    first = last
    while first in years:
        first -= 1
    return tuple(range(first + 1, last + 1))
