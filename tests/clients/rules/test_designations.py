"""Key-client designations that follow from figures."""

from datetime import date
from decimal import Decimal

import pytest

from clients.rules.designations import (
    growth_ratio,
    has_lapsed,
    image_value,
    is_large_regular,
    may_lapse_by_revenue,
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


@pytest.mark.parametrize(
    ("on", "confirmed_on", "lapsed"),
    [
        (date(2026, 6, 30), None, False),
        (date(2026, 7, 1), None, True),
        (date(2026, 7, 1), date(2026, 6, 29), True),
        (date(2026, 7, 1), date(2026, 6, 30), False),
    ],
)
def test_a_prospective_client_lapses_when_nobody_confirms_it(on: date, confirmed_on: date | None, lapsed: bool) -> None:
    assert has_lapsed(review_on=date(2026, 6, 30), confirmed_on=confirmed_on, on=on) is lapsed
    assert not has_lapsed(review_on=None, confirmed_on=confirmed_on, on=on)


def test_no_revenue_rule_touches_an_image_client_whose_value_includes_those_it_referred() -> None:
    assert may_lapse_by_revenue("large_regular")
    assert not may_lapse_by_revenue("image")
    assert image_value(Decimal(0), [Decimal(500), Decimal(700)]) == Decimal(1200)
