"""clients.rules.greetings: birthdays, holidays, and texts that are personal."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.greetings import (
    Greetable,
    GreetingProblem,
    Occasion,
    Reminder,
    greeting_problem,
    next_birthday,
    reminders,
)


@pytest.mark.parametrize(
    ("birthday", "on", "expected"),
    [
        (date(1980, 5, 1), date(2026, 4, 30), date(2026, 5, 1)),
        (date(1980, 5, 1), date(2026, 5, 1), date(2026, 5, 1)),
        (date(1980, 5, 1), date(2026, 5, 2), date(2027, 5, 1)),
        (date(1980, 2, 29), date(2026, 2, 1), date(2026, 2, 28)),
        (date(1980, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
    ],
)
def test_the_next_birthday(birthday: date, on: date, expected: date) -> None:
    assert next_birthday(birthday, on=on) == expected


@given(st.dates(date(1920, 1, 1), date(2010, 1, 1)), st.dates(date(2011, 1, 1), date(2100, 1, 1)))
def test_a_birthday_is_never_more_than_a_year_away(birthday: date, on: date) -> None:
    assert 0 <= (next_birthday(birthday, on=on) - on).days <= 366


def test_birthdays_and_holidays_of_the_coming_week_stand_by_day() -> None:
    people = [Greetable(1, "DE", date(1980, 1, 3)), Greetable(2, "RU"), Greetable(3, "FR", date(1980, 2, 1))]
    holidays = {
        "RU": {date(2027, 1, 1): "Новый год", date(2027, 1, 7): "Рождество"},
        "DE": {date(2026, 12, 25): "Xmas"},
    }
    assert reminders(people, holidays=holidays, on=date(2026, 12, 30)) == [
        Reminder(2, Occasion.HOLIDAY, date(2027, 1, 1), "Новый год"),
        Reminder(1, Occasion.BIRTHDAY, date(2027, 1, 3)),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  ", GreetingProblem.EMPTY),
        ("HAPPY  birthday", GreetingProblem.COPIED),
        ("Happy birthday, Anna", None),
    ],
)
def test_a_greeting_needs_its_own_words(text: str, problem: GreetingProblem | None) -> None:
    assert greeting_problem(text, sent_to_others=["Happy birthday"]) is problem
