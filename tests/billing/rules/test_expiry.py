"""billing.rules.expiry: what expires, what stays reserved, what comes back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.expiry import (
    Expiry,
    LateDraw,
    draw_after_expiry,
    expire,
    expires_on_run,
    grace_until,
    notices_due,
    refund_limit,
)

LAST = date(2026, 6, 30)


def test_a_package_expires_at_midnight_after_its_last_valid_day() -> None:
    assert not expires_on_run(LAST, on=LAST)
    assert expires_on_run(LAST, on=date(2026, 7, 1))
    assert not expires_on_run(None, on=date(2026, 7, 1))


def test_pending_entries_keep_their_minutes_and_the_rest_expires() -> None:
    assert expire(300, pending=120) == Expiry(expired=180, reserved=120)
    assert expire(300, pending=500) == Expiry(expired=0, reserved=300)
    assert expire(-30, pending=0) == Expiry(expired=0, reserved=0)


def test_once_the_pending_entry_is_rejected_the_reserve_expires_too() -> None:
    assert expire(120, pending=0) == Expiry(expired=120, reserved=0)


@pytest.mark.parametrize(
    ("wanted", "balance", "expected"),
    [
        (60, 0, LateDraw(60, 180, 120)),
        (60, 40, LateDraw(60, 180, 160)),
        (40, 40, LateDraw(40, 0, 0)),
        (500, 40, LateDraw(220, 180, 0)),
    ],
)
def test_a_late_entry_draws_out_of_what_had_expired(wanted: int, balance: int, expected: LateDraw) -> None:
    assert draw_after_expiry(wanted, balance=balance, expired=180) == expected


@given(st.integers(0, 600), st.integers(0, 600), st.integers(0, 600))
def test_the_books_balance_after_a_late_draw(wanted: int, balance: int, expired: int) -> None:
    late = draw_after_expiry(wanted, balance=balance, expired=expired)
    after = balance + late.reversed_minutes - late.drawn - late.expired_again
    assert 0 <= late.drawn <= wanted
    assert after >= 0
    assert after + late.drawn + late.expired_again == balance + late.reversed_minutes
    assert late.drawn == min(wanted, balance + expired)


def test_notices_come_at_sixty_thirty_and_seven_days_once_each() -> None:
    assert notices_due(LAST, on=date(2026, 4, 30)) == []
    assert notices_due(LAST, on=date(2026, 5, 1)) == [60]
    assert notices_due(LAST, on=date(2026, 6, 23), sent={60, 30}) == [7]
    assert notices_due(LAST, on=LAST, sent={60, 30}) == [7]
    assert notices_due(LAST, on=date(2026, 7, 1)) == []


def test_a_correction_of_expired_minutes_has_thirty_days_of_grace() -> None:
    assert grace_until(date(2026, 7, 1)) == date(2026, 7, 31)


def test_at_most_the_unused_minutes_at_the_purchase_price_are_refunded() -> None:
    price = Decimal("7500.00")
    assert refund_limit(600, purchased=3000, price=price, currency="EUR") == Decimal("1500.00")
    assert refund_limit(9000, purchased=3000, price=price, currency="EUR") == price
    assert refund_limit(-60, purchased=3000, price=price, currency="EUR") == 0
    assert refund_limit(60, purchased=0, price=price, currency="EUR") == 0
