"""Service levels as promises: by when the first answer, the call back and the welcome call are due.

Business hours are the firm's wall-clock time; moments come in and go out in UTC.
"""

from collections.abc import Set
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from clients.rules.promises import end_of_day
from crm.periods import OFFICE_HOURS, BusinessHours, add_business_minutes, add_working_days, business_minutes_between

WELCOME_CALL_DAYS = 2


def response_due_at(
    received_at: datetime,
    *,
    business_hours: int,
    zone: ZoneInfo,
    holidays: Set[date] = frozenset(),
    hours: BusinessHours = OFFICE_HOURS,
) -> datetime:
    """By when the first answer must be out: so many business hours after the request came in."""
    local = received_at.astimezone(zone)
    return add_business_minutes(local, business_hours * 60, holidays=holidays, hours=hours).astimezone(UTC)


def response_minutes(
    received_at: datetime,
    answered_at: datetime,
    *,
    zone: ZoneInfo,
    holidays: Set[date] = frozenset(),
    hours: BusinessHours = OFFICE_HOURS,
) -> int:
    """How many business minutes the first answer took."""
    return business_minutes_between(
        received_at.astimezone(zone), answered_at.astimezone(zone), holidays=holidays, hours=hours
    )


def call_back_due_at(
    missed_at: datetime,
    *,
    zone: ZoneInfo,
    minutes: int,
    absent_until: datetime | None = None,
    holidays: Set[date] = frozenset(),
    hours: BusinessHours = OFFICE_HOURS,
) -> datetime:
    """By when a missed call of a direct line is returned: so soon after it, or after the absence ends."""
    since = max(missed_at, absent_until) if absent_until else missed_at
    return add_business_minutes(since.astimezone(zone), minutes, holidays=holidays, hours=hours).astimezone(UTC)


def welcome_call_due_at(
    ordered_on: date, *, zone: ZoneInfo, holidays: Set[date] = frozenset(), days: int = WELCOME_CALL_DAYS
) -> datetime:
    """The end of the second working day after the first order."""
    return end_of_day(add_working_days(ordered_on, days, holidays=holidays), zone).astimezone(UTC)
