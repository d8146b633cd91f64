"""clients.rules.coverage: staff unheard, management uninformed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from clients.rules.coverage import CoverageAlert, PeopleTouched, coverage_alerts, mean_sentiment

ON = date(2026, 6, 30)


def ago(days: int | None) -> date | None:
    return None if days is None else ON - timedelta(days=days)


@pytest.mark.parametrize(
    ("management", "staff", "mood", "statement", "alerts"),
    [
        (5, 10, None, None, []),
        (5, 91, None, None, ["staff_unheard"]),
        (5, 90, None, None, []),
        (5, None, None, None, ["staff_unheard"]),
        (5, 10, "-0.5", None, ["staff_unheard"]),
        (5, 10, "0", None, []),
        (15, None, None, None, []),
        (91, 10, None, None, ["management_uninformed"]),
        (None, 10, None, None, ["management_uninformed"]),
        (None, 10, None, 30, []),
        (None, None, None, None, []),
    ],
)
def test_one_level_hears_from_us_and_the_other_does_not(
    management: int | None, staff: int | None, mood: str | None, statement: int | None, alerts: list[str]
) -> None:
    people = PeopleTouched(ago(management), ago(staff), Decimal(mood) if mood else None, ago(statement))
    assert coverage_alerts(people, cadence_days=14, on=ON) == tuple(map(CoverageAlert, alerts))


def test_the_mood_is_a_mean_of_what_was_noted() -> None:
    assert mean_sentiment([-2, 1]) == Decimal("-0.5")
    assert mean_sentiment([]) is None
