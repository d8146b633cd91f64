"""Overdue attention against the cadence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.rules.attention import attention, urgency


def test_attention_is_overdue_after_the_cadence_not_on_its_day() -> None:
    on = date(2026, 11, 26)
    assert not attention(on - timedelta(days=14), cadence=14, on=on).is_overdue
    late = attention(on - timedelta(days=31), cadence=14, on=on)
    assert (late.days, late.overdue_days) == (31, 17)
    assert late.percent_in_time == pytest.approx(100 * 14 / 31)


def test_urgency_weighs_days_against_the_cadence_then_value() -> None:
    on = date(2026, 11, 26)
    weekly = attention(on - timedelta(days=14), cadence=7, on=on)
    quarterly = attention(on - timedelta(days=120), cadence=90, on=on)
    assert urgency(weekly, Decimal(1)) < urgency(quarterly, Decimal(10**6))
    assert urgency(weekly, Decimal(2)) < urgency(weekly, Decimal(1)) < urgency(weekly, None)
