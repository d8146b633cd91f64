"""Value at stake and lateness weigh alike."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clients.rules.urgency import weight

LARGEST = Decimal(1000)


def at(stake: int, days_late: int) -> Decimal:
    return weight(Decimal(stake), largest=LARGEST, days_late=days_late)


def test_the_most_valuable_a_week_ahead_stands_level_with_a_worthless_one_two_weeks_late() -> None:
    assert at(1000, -7) == at(0, 14) == 1


def test_lateness_counts_no_further_than_two_weeks_and_the_future_no_further_than_one() -> None:
    assert at(0, 400) == at(0, 14)
    assert at(0, -400) == at(0, -7) == 0


def test_without_any_stake_lateness_alone_decides() -> None:
    assert weight(Decimal(0), largest=Decimal(0), days_late=3) > weight(Decimal(0), largest=Decimal(0), days_late=2)


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(-7, 14))
def test_more_at_stake_never_stands_lower(one: int, other: int, late: int) -> None:
    low, high = sorted([one, other])
    assert at(low, late) <= at(high, late)


@given(st.integers(0, 1000), st.integers(-30, 60))
def test_it_lies_between_nothing_and_two(stake: int, late: int) -> None:
    assert 0 <= at(stake, late) <= 2
