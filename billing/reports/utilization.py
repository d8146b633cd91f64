"""How people's time is used: billable against available minutes, from the rollup of approved work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Sum

from billing.models import WorkMonth
from billing.rules.utilization import Utilization, available_minutes
from clients.models import Absence
from clients.services.calendars import country_holidays
from crm.access import Role
from crm.models import User
from crm.periods import DateRange, month_end, month_start


@dataclass(frozen=True, slots=True)
class PersonUse:
    person: User
    use: Utilization
    absent_days: int
    self_approved_minutes: int


def months_of(first: date, last: date) -> DateRange:
    """Whole months that hold both days: the rollup knows nothing smaller."""
    return DateRange(month_start(first), date.fromordinal(month_end(last).toordinal() + 1))


def utilization(user: User, *, first: date, last: date, on: date) -> list[PersonUse]:
    """One row for each working person: all for partner and finance, oneself otherwise; four queries.

    Days after `on` are not there to be used yet: nobody is available on them.
    """
    window = months_of(first, last)
    end = min(date.fromordinal(window.end.toordinal() - 1), on)
    people = list(_people(user))
    worked = _worked(window)
    away = _absences(window.start, end)
    calendars = holidays_of({person.holiday_calendar for person in people}, window)
    found = []
    for person in people:
        spans = away.get(person.pk, [])
        free = calendars.get(person.holiday_calendar, frozenset())
        available = available_minutes(person.weekly_minutes, window.start, end, holidays=free, away=spans)
        minutes, billable, own = worked.get(person.pk, (0, 0, 0))
        use = Utilization(available, minutes, billable)
        found.append(PersonUse(person, use, _days(spans, window.start, end), own))
    return found


def holidays_of(calendars: Iterable[str], window: DateRange) -> dict[str, frozenset[date]]:
    """Public holidays by calendar, such as DE, DE-BY or RU; an unknown calendar has none."""
    years = range(window.start.year, window.end.year + 1)
    return {name: country_holidays(name, years) for name in calendars}


def _people(user: User) -> Any:
    rows = User.objects.working().in_role(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT)
    if user.is_in(Role.PARTNER, Role.FINANCE):
        return rows
    return rows.filter(pk=user.pk)


def _worked(window: DateRange) -> dict[int, tuple[int, int, int]]:
    rows = WorkMonth.objects.within(window).filter(employee__isnull=False).order_by().values("employee")
    free = F("goodwill_minutes") + F("follow_up_minutes") + F("warranty_minutes") + F("dispute_minutes")
    billable = Sum(F("minutes") - free - F("internal_minutes"))
    sums = rows.annotate(all=Sum("minutes"), billable=billable, own=Sum("self_approved_minutes"))
    return {row["employee"]: (row["all"], row["billable"], row["own"]) for row in sums}


def _absences(first: date, last: date) -> dict[int, list[tuple[date, date]]]:
    spans: dict[int, list[tuple[date, date]]] = {}
    for row in Absence.objects.within(first, last).order_by():
        spans.setdefault(row.user_id, []).append((row.from_on, row.to_on))
    return spans


def _days(spans: Iterable[tuple[date, date]], first: date, last: date) -> int:
    """Calendar days away within the window."""
    return sum(max(0, (min(end, last) - max(start, first)).days + 1) for start, end in spans)
