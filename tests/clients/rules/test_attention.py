"""Overdue attention against the cadence."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.rules.attention import attention, attention_shares, urgency


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


def test_the_share_of_attention_stands_against_what_the_cadences_ask_for() -> None:
    cadences = {"vip": 7, "a": 14, "c": 90}
    vip, a, c = attention_shares({"vip": 1, "a": 2}, {"vip": 3, "a": 9}, cadences=cadences, days=90)
    assert (vip.owed, vip.share, vip.target, vip.is_short) == (13, Decimal("0.25"), Decimal("0.5"), True)
    assert (a.clients, a.share, a.target, a.is_short) == (2, Decimal("0.75"), Decimal("0.5"), False)
    assert (c.touches, c.share, c.target, c.is_short) == (0, Decimal(0), Decimal(0), False)


def test_without_touches_or_clients_there_is_no_share() -> None:
    (row,) = attention_shares({"vip": 1}, {}, cadences={"vip": 7}, days=90)
    assert (row.share, row.target, row.is_short) == (None, Decimal(1), False)
    (row,) = attention_shares({}, {}, cadences={"vip": 7}, days=90)
    assert (row.share, row.target) == (None, None)
