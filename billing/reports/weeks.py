"""Weeks that finance has not completed yet, of people or of clients, and what each still lacks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from billing.models import CompleteWeek
from billing.services.weeks import SIX_DAYS, WeekWork, Whose, standing_marks, work_by_week
from clients.models import Client
from crm.models import User
from crm.periods import week_start

WEEKS, MOST, NEWEST = 13, 300, 20


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """`completed_at` is that of a mark which later work has overtaken."""

    monday: date
    of: User | Client
    work: WeekWork
    completed_at: datetime | None

    @property
    def sunday(self) -> date:
        return self.monday + SIX_DAYS

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def is_ready(self) -> bool:
        return not self.work.waiting


@dataclass(frozen=True, slots=True)
class OpenWeeks:
    whose: Whose
    since: date
    rows: list[OpenWeek]
    is_cut: bool

    @property
    def ready(self) -> list[OpenWeek]:
        return [row for row in self.rows if row.is_ready]


def open_weeks(*, whose: Whose, on: date) -> OpenWeeks:
    """Weeks that are over, of the last quarter, oldest first; a fixed number of queries."""
    since = week_start(on) - timedelta(weeks=WEEKS)
    marks = standing_marks(whose, since=since)
    work = work_by_week(whose, first=since, last=week_start(on) - timedelta(days=1))
    found = {key: each for key, each in work.items() if key not in marks or not each.is_as_marked(marks[key])}
    owners = _owners(whose, {pk for _monday, pk in found})
    rows = [_row(monday, owners[pk], each, marks.get((monday, pk))) for (monday, pk), each in found.items()]
    rows.sort(key=lambda row: (row.monday, str(row.of)))
    return OpenWeeks(whose, since, rows[:MOST], len(rows) > MOST)


def newest_complete(whose: Whose) -> list[CompleteWeek]:
    return list(whose.marks().select_related("employee", "client", "completed_by")[:NEWEST])


def _owners(whose: Whose, ids: set[int]) -> Mapping[int, Any]:
    if whose is Whose.PERSON:
        return User.objects.in_bulk(ids)
    return Client.objects.in_bulk(ids)


def _row(monday: date, of: User | Client, work: WeekWork, mark: CompleteWeek | None) -> OpenWeek:
    return OpenWeek(monday, of, work, mark.completed_at if mark else None)
