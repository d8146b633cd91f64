"""clients.rules.sla: deadlines in business hours of the firm, given and returned in UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from clients.rules.sla import call_back_due_at, response_due_at, response_minutes, welcome_call_due_at

BERLIN = ZoneInfo("Europe/Berlin")


def local(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("received", "hours", "due"),
    [
        (local(10, 10), 2, local(10, 12)),
        (local(13, 16), 2, local(16, 10)),
        (local(14, 12), 4, local(16, 13)),
        (local(10, 20), 8, local(11, 17)),
    ],
)
def test_the_first_answer_is_due_in_business_hours(received: datetime, hours: int, due: datetime) -> None:
    found = response_due_at(received.astimezone(UTC), business_hours=hours, zone=BERLIN)
    assert found == due
    assert found.tzinfo is UTC


def test_the_clock_change_and_holidays_do_not_shift_the_wall_clock() -> None:
    assert response_due_at(local(27, 16), business_hours=2, zone=BERLIN) == local(30, 10)
    good_friday, easter_monday = date(2026, 4, 3), date(2026, 4, 6)
    due = response_due_at(local(2, 16, month=4), business_hours=2, zone=BERLIN, holidays={good_friday, easter_monday})
    assert due == local(7, 10, month=4)


def test_how_long_the_answer_took() -> None:
    assert response_minutes(local(13, 16), local(16, 10), zone=BERLIN) == 120


def test_a_missed_call_is_returned_within_the_hour_or_after_the_absence() -> None:
    missed = local(10, 10)
    assert call_back_due_at(missed, zone=BERLIN, minutes=60) == local(10, 11)
    assert call_back_due_at(missed, zone=BERLIN, minutes=60, absent_until=local(12, 9)) == local(12, 10)
    assert call_back_due_at(missed, zone=BERLIN, minutes=60, absent_until=local(9, 9)) == local(10, 11)


def test_the_welcome_call_is_due_by_the_end_of_the_second_working_day() -> None:
    due_at = welcome_call_due_at(date(2026, 3, 13), zone=BERLIN).astimezone(BERLIN)
    assert (due_at.date(), due_at.hour, due_at.minute) == (date(2026, 3, 17), 23, 59)
