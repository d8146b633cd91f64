"""Status suggested from silence."""

from datetime import date

import pytest

from clients.rules.status import suggest_status


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
