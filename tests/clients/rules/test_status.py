"""Status suggested from silence."""

from datetime import date, timedelta

import pytest

from clients.rules.status import StatusDate, statistics_date, suggest_status, suggested_since


@pytest.mark.parametrize(
    ("status", "last", "agreement", "expected"),
    [
        ("active", date(2026, 6, 1), False, None),
        ("active", date(2026, 5, 26), False, "dormant"),
        ("active", date(2025, 11, 26), False, "lost"),
        ("dormant", date(2025, 11, 26), False, "lost"),
        ("active", date(2024, 1, 1), True, None),
        ("dormant", date(2026, 11, 1), False, "active"),
        ("prospect", None, False, None),
        ("prospect", None, True, "active"),
        ("lost", date(2026, 5, 1), False, None),
    ],
)
def test_status_is_suggested_from_silence(
    status: str, last: date | None, agreement: bool, expected: str | None
) -> None:
    found = suggest_status(status, last_revenue_on=last, has_agreement=agreement, on=date(2026, 11, 26))
    assert found == expected


def test_silence_speaks_from_the_day_after_which_the_status_is_suggested() -> None:
    last = date(2025, 8, 31)
    assert suggested_since("dormant", last_revenue_on=last) == date(2026, 2, 28)
    assert suggested_since("lost", last_revenue_on=last) == date(2026, 8, 31)
    assert suggested_since("active", last_revenue_on=last) is None
    assert suggested_since("lost", last_revenue_on=None) is None
    since = suggested_since("lost", last_revenue_on=last)
    assert since is not None
    assert suggest_status("dormant", last_revenue_on=last, has_agreement=False, on=since) == "lost"
    before = since - timedelta(days=1)
    assert suggest_status("dormant", last_revenue_on=last, has_agreement=False, on=before) is None


def test_statistics_use_the_confirmed_date_else_the_suggested_one() -> None:
    confirmed, suggested = date(2026, 1, 1), date(2026, 2, 2)
    assert statistics_date(confirmed_on=confirmed, suggested_on=suggested) == StatusDate(confirmed, is_confirmed=True)
    assert statistics_date(confirmed_on=None, suggested_on=suggested) == StatusDate(suggested, is_confirmed=False)
    assert statistics_date(confirmed_on=None, suggested_on=None) is None
