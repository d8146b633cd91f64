"""billing.rules.ageing: buckets at their bounds, and DSO."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.ageing import (
    Bucket,
    OpenItem,
    age_by_client,
    age_items,
    bucket_of,
    days_sales_outstanding,
)

ON = date(2026, 6, 30)


def due(days_ago: int) -> date:
    return ON - timedelta(days=days_ago)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-10, Bucket.CURRENT),
        (0, Bucket.CURRENT),
        (1, Bucket.UP_TO_30),
        (30, Bucket.UP_TO_30),
        (31, Bucket.UP_TO_60),
        (60, Bucket.UP_TO_60),
        (61, Bucket.UP_TO_90),
        (90, Bucket.UP_TO_90),
        (91, Bucket.OVER_90),
    ],
)
def test_the_due_day_is_not_overdue_and_each_bucket_has_its_bounds(days: int, bucket: Bucket) -> None:
    assert bucket_of(due(days), on=ON) is bucket


def test_rows_are_kept_by_client() -> None:
    items = [OpenItem(1, due(0), Decimal(100)), OpenItem(2, due(45), Decimal(50)), OpenItem(1, due(5), Decimal(-30))]
    rows = age_by_client(items, on=ON)
    assert (rows[1].current, rows[1].d1_30, rows[1].total) == (Decimal(100), Decimal(-30), Decimal(70))
    assert rows[2].overdue == Decimal(50)


def test_dso_is_receivables_by_daily_billing_and_unknown_without_any() -> None:
    dso = days_sales_outstanding(receivables=Decimal(50_000), gross_billed=Decimal(100_000), days=90)
    assert dso == Decimal("45.0")
    assert days_sales_outstanding(receivables=Decimal(1), gross_billed=Decimal(0), days=90) is None


@given(st.lists(st.tuples(st.integers(-100, 400), st.integers(-(10**8), 10**8)), max_size=20))
def test_buckets_sum_to_what_is_owed(drawn: list[tuple[int, int]]) -> None:
    items = [OpenItem(1, due(days), Decimal(cents).scaleb(-2)) for days, cents in drawn]
    assert age_items(items, on=ON).total == sum(item.amount for item in items)
