"""clients.rules.greetings: holidays ahead by their first day, and what is no personal greeting."""

from datetime import date

import pytest

from clients.rules.greetings import GreetingProblem, greeting_problem, holidays_ahead

NAMES = {
    date(2025, 12, 31): "New Year",
    date(2026, 1, 1): "New Year",
    date(2026, 1, 2): "New Year",
    date(2026, 1, 7): "Christmas",
}


@pytest.mark.parametrize(
    ("on", "found"),
    [
        (date(2025, 12, 23), []),
        (date(2025, 12, 24), [(date(2025, 12, 31), "New Year")]),
        (date(2026, 1, 1), [(date(2026, 1, 7), "Christmas")]),
        (date(2026, 1, 8), []),
    ],
)
def test_a_holiday_counts_on_its_first_day_up_to_a_week_ahead(on: date, found: list[tuple[date, str]]) -> None:
    assert holidays_ahead(NAMES, on=on, days=7) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Dear Petra, all the best", None),
        ("  ", GreetingProblem.EMPTY),
        ("All  the BEST to you", GreetingProblem.COPIED),
    ],
)
def test_a_greeting_has_words_of_its_own(text: str, problem: GreetingProblem | None) -> None:
    assert greeting_problem(text, sent_to_others=["All the best to you", ""]) is problem
