"""Greetings on birthdays and holidays: a reminder for a person, never a bulk mail."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum


class GreetingProblem(StrEnum):
    EMPTY = "greeting_empty"
    COPIED = "greeting_copied"


def holidays_ahead(names: Mapping[date, str], *, on: date, days: int) -> list[tuple[date, str]]:
    """Holidays from a day up to so many days later; one that lasts for several days counts on its first."""
    found = [(day, names[day]) for day in sorted(names) if on <= day <= on + timedelta(days=days)]
    return [(day, name) for day, name in found if names.get(day - timedelta(days=1)) != name]


def greeting_problem(text: str, *, sent_to_others: Iterable[str]) -> GreetingProblem | None:
    """Why a text is no personal greeting: it is empty, or somebody else got the same."""
    own = _plain(text)
    if not own:
        return GreetingProblem.EMPTY
    return GreetingProblem.COPIED if any(own == _plain(other) for other in sent_to_others) else None


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
