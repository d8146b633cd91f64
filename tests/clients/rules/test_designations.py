"""Key-client designations that follow from figures."""

from datetime import date
from decimal import Decimal

from clients.rules.designations import (
    growth_ratio,
    image_value,
    is_large_regular,
)


def test_large_and_permanent_needs_both() -> None:
    on, long_ago = date(2026, 11, 26), date(2020, 1, 1)
    assert is_large_regular(share=Decimal("0.05"), since_on=long_ago, on=on)
    assert not is_large_regular(share=Decimal("0.049999"), since_on=long_ago, on=on)
    assert not is_large_regular(share=Decimal("0.5"), since_on=date(2026, 1, 1), on=on)
    assert not is_large_regular(share=None, since_on=long_ago, on=on)


def test_two_hundred_today_and_two_thousand_tomorrow_is_ten_times() -> None:
    assert growth_ratio(Decimal(200), Decimal(2000)) == 10
    assert growth_ratio(Decimal(0), Decimal(2000)) is None


def test_the_value_of_an_image_client_includes_those_it_referred() -> None:
    assert image_value(Decimal(100), Decimal(1200)) == Decimal(1300)
    assert image_value(None, Decimal(1200)) == Decimal(1200)
    assert image_value(None, Decimal(0)) is None
