"""Greetings on birthdays and holidays: a reminder for a person, never a bulk mail."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

REMIND_DAYS = 7


class Occasion(StrEnum):
    BIRTHDAY = "birthday"
    HOLIDAY = "holiday"


class GreetingProblem(StrEnum):
    EMPTY = "greeting_empty"
    COPIED = "greeting_copied"


@dataclass(frozen=True, slots=True)
class Greetable:
    """A contact to be greeted; the country decides the holidays."""

    id: int
    country: str
    birthday: date | None = None


@dataclass(frozen=True, slots=True)
class Reminder:
    contact_id: int
    occasion: Occasion
    on: date
    name: str = ""


def next_birthday(birthday: date, *, on: date) -> date:
    """The next birthday from the day on; that of 29 February is on the 28th in a common year."""
    this_year = _in_year(birthday, on.year)
    return this_year if this_year >= on else _in_year(birthday, on.year + 1)


def reminders(
    people: Iterable[Greetable], *, holidays: Mapping[str, Mapping[date, str]], on: date, days: int = REMIND_DAYS
) -> list[Reminder]:
    """Whom to greet from the day on up to so many days later, by day. `holidays` are the names by country and day."""
    last = on + timedelta(days=days)
    found = [reminder for person in people for reminder in _of_person(person, holidays, on)]
    within = [reminder for reminder in found if on <= reminder.on <= last]
    return sorted(within, key=lambda reminder: (reminder.on, reminder.contact_id, reminder.occasion))


def greeting_problem(text: str, *, sent_to_others: Iterable[str]) -> GreetingProblem | None:
    """Why a text is no personal greeting: it is empty, or somebody else got the same."""
    own = _plain(text)
    if not own:
        return GreetingProblem.EMPTY
    return GreetingProblem.COPIED if any(own == _plain(other) for other in sent_to_others) else None


def _of_person(person: Greetable, holidays: Mapping[str, Mapping[date, str]], on: date) -> Iterable[Reminder]:
    if person.birthday:
        yield Reminder(person.id, Occasion.BIRTHDAY, next_birthday(person.birthday, on=on))
    for day, name in holidays.get(person.country, {}).items():
        yield Reminder(person.id, Occasion.HOLIDAY, day, name)


def _in_year(birthday: date, year: int) -> date:
    try:
        return birthday.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
