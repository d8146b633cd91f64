"""billing.rules.follow_up: the allowance table, the window, and what is left to decide."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.follow_up import FollowUp, allowance_minutes, judge_follow_up, window_start

ISSUED = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("paid", "free"), [(0, 0), (119, 0), (120, 15), (599, 15), (600, 30), (1199, 30), (1200, 60), (6000, 60)]
)
def test_what_is_free_depends_on_the_paid_hours(paid: int, free: int) -> None:
    assert allowance_minutes(paid) == free


@pytest.mark.parametrize(
    ("worked_on", "start"),
    [
        (date(2026, 2, 28), None),
        (date(2026, 3, 1), ISSUED),
        (date(2026, 3, 15), ISSUED),
        (date(2026, 3, 16), None),
    ],
)
def test_fourteen_days_after_the_invoice_are_a_follow_up(worked_on: date, start: date | None) -> None:
    assert window_start(worked_on, [ISSUED]) == start


def test_of_several_ends_the_last_one_opens_the_window() -> None:
    ends = [date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 20)]
    assert window_start(date(2026, 3, 10), ends) == date(2026, 3, 5)


def test_minutes_within_the_allowance_are_free_and_the_rest_is_a_choice() -> None:
    within = judge_follow_up(10, paid_minutes=600, used_minutes=0)
    assert within == FollowUp(free_minutes=10, rest_minutes=0, left_minutes=20)
    assert within.needs_decision == ""
    beyond = judge_follow_up(45, paid_minutes=600, used_minutes=20)
    assert beyond == FollowUp(free_minutes=10, rest_minutes=35, left_minutes=0)
    assert beyond.needs_decision == "follow_up"


@given(st.lists(st.integers(1, 60), max_size=10), st.integers(0, 3000))
def test_however_it_is_cut_no_more_is_free_than_the_allowance(entries: list[int], paid: int) -> None:
    used = 0
    for minutes in entries:
        used += judge_follow_up(minutes, paid_minutes=paid, used_minutes=used).free_minutes
    assert used == min(sum(entries), allowance_minutes(paid))
