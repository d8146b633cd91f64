"""Durations as people type them: `1:30`, `45m`, `1.5h`, `1,5 ч`, `90`, `09:00-10:30`."""

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from crm.money import round_half_up

MINUTES_A_DAY = 24 * 60

_HOURS = r"(?:h|hrs?|hours?|std\.?|stunden?|ч\.?|час(?:а|ов)?)"
_MINUTES = r"(?:m|mins?|minutes?|minuten?|м|мин\.?|минут[аы]?)"
_TYPED = re.compile(
    rf"""(?<!\S)(?:
        (?P<from_hour>\d{{1,2}})[:.](?P<from_minute>\d\d)\s?[-–—]\s?(?P<to_hour>\d{{1,2}})[:.](?P<to_minute>\d\d)
      | (?P<sign>[-−])?(?:
            (?P<clock_hours>\d{{1,4}}):(?P<clock_minutes>\d\d)(?:\s?{_HOURS})?
          | (?P<both_hours>\d{{1,4}})\s?{_HOURS}\s?(?P<both_minutes>\d{{1,2}})(?:\s?{_MINUTES})?
          | (?P<hours>\d{{1,4}}(?:[.,]\d{{1,4}})?)\s?{_HOURS}
          | (?P<minutes>\d{{1,6}})\s?{_MINUTES}
        )
    )(?=[\s,;]|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_BARE = re.compile(r"(?P<sign>[-−])?(?P<number>\d{1,6}(?:[.,]\d{1,4})?)(?=[\s,;]|$)")


class DurationProblem(StrEnum):
    MISSING = "duration_missing"
    UNCLEAR = "duration_unclear"
    NEGATIVE = "duration_negative"
    ZERO = "duration_zero"
    TOO_LONG = "duration_too_long"


@dataclass(frozen=True, slots=True)
class TypedDuration:
    """A duration found in a text between `start` and `end`; with its times where they were typed."""

    start: int
    end: int
    minutes: int
    starts: time | None = None
    ends: time | None = None
    problem: DurationProblem | None = None


def find_duration(text: str) -> TypedDuration | None:
    """The first duration with a sign of being one; else a bare number at the beginning of the text.

    A bare whole number is minutes, a bare decimal one hours: nobody logs one and a half minutes.
    """
    match = _TYPED.search(text)
    if match:
        return _span(match) if match["from_hour"] else _length(match)
    bare = _BARE.match(text, len(text) - len(text.lstrip()))
    if not bare:
        return None
    number = bare["number"]
    minutes = int(number) if number.isdigit() else _hours(number)
    return _checked(bare, -minutes if bare["sign"] else minutes)


def _length(match: re.Match[str]) -> TypedDuration:
    whole = match["clock_hours"] or match["both_hours"]
    rest = match["clock_minutes"] or match["both_minutes"]
    if whole is not None:
        minutes = int(whole) * 60 + int(rest)
        if int(rest) >= 60:
            return _refused(match, DurationProblem.UNCLEAR)
    else:
        minutes = _hours(match["hours"]) if match["hours"] else int(match["minutes"])
    return _checked(match, -minutes if match["sign"] else minutes)


def _span(match: re.Match[str]) -> TypedDuration:
    """Between two times of the day; an end before the start lies on the next day."""
    first, last = (int(match[f"{side}_hour"]) * 60 + int(match[f"{side}_minute"]) for side in ("from", "to"))
    sixty = max(int(match["from_minute"]), int(match["to_minute"])) >= 60
    if sixty or first >= MINUTES_A_DAY or last > MINUTES_A_DAY:
        return _refused(match, DurationProblem.UNCLEAR)
    if first == last:
        return _refused(match, DurationProblem.ZERO)
    minutes = (last - first) % MINUTES_A_DAY or MINUTES_A_DAY
    return TypedDuration(match.start(), match.end(), minutes, _time(first), _time(last % MINUTES_A_DAY))


def _checked(match: re.Match[str], minutes: int) -> TypedDuration:
    if minutes < 0:
        return _refused(match, DurationProblem.NEGATIVE)
    if minutes == 0:
        return _refused(match, DurationProblem.NEGATIVE if match["sign"] else DurationProblem.ZERO)
    if minutes > MINUTES_A_DAY:
        return _refused(match, DurationProblem.TOO_LONG)
    return TypedDuration(match.start(), match.end(), minutes)


def _refused(match: re.Match[str], problem: DurationProblem) -> TypedDuration:
    return TypedDuration(match.start(), match.end(), 0, problem=problem)


def _hours(number: str) -> int:
    return int(round_half_up(Fraction(Decimal(number.replace(",", "."))) * 60, 0))


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
