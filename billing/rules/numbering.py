"""Numbers of a series: how one is written, which comes next, and where a series has gaps.

A number is given once, at issue, in the order of dates; each year has its own counter.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

MAXIMUM_LENGTH = 36
_FIELD = re.compile(r"\{(?P<name>year|number)(?::0(?P<width>[1-9])d?)?\}")
_ALLOWED = re.compile(r"[^{}\s]*")


class PatternProblem(StrEnum):
    NO_NUMBER = "pattern_without_number"
    UNKNOWN_FIELD = "pattern_unknown_field"
    TOO_LONG = "pattern_too_long"


class NumberOrderError(ValueError):
    """The date of issue lies before that of the previous number, or in another year than the counter."""

    code = "number_order"


@dataclass(frozen=True, slots=True)
class Counter:
    """The state of one series in one year; `first_number` starts it (a firm that moves in mid-year)."""

    year: int
    last_number: int = 0
    last_issued_on: date | None = None
    first_number: int = 1

    def advance(self, issued_on: date) -> "Counter":
        """The counter after the next number is given; NumberOrderError if the day does not allow it."""
        if issued_on.year != self.year:
            raise NumberOrderError(f"{issued_on} is not in {self.year}")
        if self.last_issued_on and issued_on < self.last_issued_on:
            raise NumberOrderError(f"{issued_on} is before {self.last_issued_on}")
        number = max(self.last_number + 1, self.first_number)
        return replace(self, last_number=number, last_issued_on=issued_on)


def pattern_problem(pattern: str) -> PatternProblem | None:
    """What is wrong with a pattern such as `RE-{year}-{number:04}`, if anything."""
    names = [match["name"] for match in _FIELD.finditer(pattern)]
    if not _ALLOWED.fullmatch(_FIELD.sub("", pattern)):
        return PatternProblem.UNKNOWN_FIELD
    if names.count("number") != 1:
        return PatternProblem.NO_NUMBER
    return PatternProblem.TOO_LONG if len(write_number(pattern, year=9999, number=1)) > MAXIMUM_LENGTH else None


def names_year(pattern: str) -> bool:
    """Whether the series counts by year."""
    return any(match["name"] == "year" for match in _FIELD.finditer(pattern))


def write_number(pattern: str, *, year: int, number: int) -> str:
    """The number as it stands on the document. Only {year} and {number}, with a width, are filled in."""
    values = {"year": year, "number": number}
    return _FIELD.sub(lambda match: f"{values[match['name']]:0{match['width'] or 1}d}", pattern)
