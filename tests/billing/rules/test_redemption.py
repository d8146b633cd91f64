"""The worth of prepaid hours when they are used: to the cent, whatever the steps."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.redemption import redeemed_values, take_in_order


@given(st.lists(st.integers(1, 600), min_size=1, max_size=12), st.integers(1, 1_000_000))
def test_the_uses_of_all_minutes_are_worth_what_was_paid(minutes: list[int], cents: int) -> None:
    paid = Decimal(cents) / 100
    values = redeemed_values(minutes, left_minutes=sum(minutes), left_amount=paid, currency="EUR")
    assert sum(values) == paid
    assert min(values) >= 0


def test_a_use_is_worth_its_share_of_what_is_left() -> None:
    assert redeemed_values([60], left_minutes=180, left_amount=Decimal("100.00"), currency="EUR") == (Decimal("33.33"),)


def test_more_than_was_sold_is_not_redeemed() -> None:
    with pytest.raises(ValueError, match="61 min"):
        redeemed_values([61], left_minutes=60, left_amount=Decimal(1), currency="EUR")


def test_what_was_sold_first_is_taken_first() -> None:
    assert take_in_order(Decimal(70), [Decimal(50), Decimal(-1), Decimal(30)]) == (Decimal(50), Decimal(0), Decimal(20))
