"""billing.rules.handover: twelve months in which later work needs a decision."""

from datetime import date

import pytest

from billing.rules.handover import falls_in_window


@pytest.mark.parametrize(
    ("worked_on", "inside"),
    [
        (date(2026, 2, 27), False),
        (date(2026, 2, 28), True),
        (date(2027, 2, 28), True),
        (date(2027, 3, 1), False),
    ],
)
def test_work_within_twelve_months_of_the_handover_needs_a_decision(worked_on: date, inside: bool) -> None:
    assert falls_in_window(worked_on, handed_over_on=date(2026, 2, 28)) is inside
