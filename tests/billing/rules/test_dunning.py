"""billing.rules.dunning and its words: three levels in order, each with its own time; letters in three languages."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.dunning import STEPS, next_level
from billing.rules.dunning_words import LETTERS, fill, letter_in

ON = date(2026, 6, 30)


def due(days_ago: int) -> date:
    return ON - timedelta(days=days_ago)


@pytest.mark.parametrize(("days", "level"), [(0, 0), (6, 0), (7, 1), (400, 1)])
def test_whoever_was_never_reminded_gets_the_first_reminder(days: int, level: int) -> None:
    assert next_level(due(days), on=ON) == level


@pytest.mark.parametrize(
    ("days", "last_level", "days_since", "level"),
    [(20, 1, 13, 0), (21, 1, 14, 2), (60, 1, 13, 0), (60, 1, 14, 2), (35, 2, 14, 3), (90, 2, 13, 0), (400, 3, 300, 0)],
)
def test_the_next_level_needs_its_day_and_its_distance(days: int, last_level: int, days_since: int, level: int) -> None:
    assert next_level(due(days), on=ON, last_level=last_level, last_on=due(days_since)) == level


@given(st.integers(0, 500), st.lists(st.integers(1, 40), max_size=60))
def test_levels_are_never_left_out_and_end_after_the_third(first: int, pauses: list[int]) -> None:
    day, sent, last = due(0) + timedelta(days=first), 0, None
    for pause in pauses:
        level = next_level(due(0), on=day, last_level=sent, last_on=last)
        assert level in (0, sent + 1)
        if level:
            assert (day - due(0)).days >= STEPS[level - 1]
            sent, last = level, day
        day += timedelta(days=pause)
    assert sent <= len(STEPS)


@pytest.mark.parametrize("language", ["de", "en", "ru"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_every_letter_names_the_sum_and_the_day(language: str, level: int) -> None:
    letter = LETTERS[language][level]
    assert "{total}" in letter.subject
    assert "{total}" in letter.body
    assert "{pay_until}" in letter.body


def test_letters_differ_by_level_and_fall_back_to_english() -> None:
    assert len({letter_in("de", level) for level in (1, 2, 3)}) == 3
    assert letter_in("fr", 1) == letter_in("en", 1)


def test_a_text_is_filled_in_and_keeps_what_nobody_knows() -> None:
    assert fill("{total} by {pay_until}, {else}", {"total": "5 €", "pay_until": "1 May"}) == "5 € by 1 May, {else}"
