"""Weeks that finance has not completed yet, of people or of clients, and what each still lacks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncWeek

from billing.models import CompleteWeek, TimeEntry
from clients.models import Client
from crm.models import User
from crm.periods import week_start

WEEKS, MOST, NEWEST = 13, 300, 20
DRAFT, SUBMITTED = TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED


class Whose(StrEnum):
    PERSON = "person"
    CLIENT = "client"

    @property
    def column(self) -> str:
        return "employee" if self is Whose.PERSON else "client"


@dataclass(frozen=True, slots=True)
class OpenWeek:
    """Each entry counts once: undecided, else given back, else by its status. `completed_at` was overtaken."""

    monday: date
    of: User | Client
    minutes: int
    drafts: int
    rejected: int
    submitted: int
    undecided: int
    completed_at: datetime | None

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def is_ready(self) -> bool:
        return not (self.drafts or self.rejected or self.submitted or self.undecided)


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
    until = week_start(on) - timedelta(days=1)
    since = week_start(on) - timedelta(weeks=WEEKS)
    marked = _marks(whose, since)
    found = [row for row in _sums(whose, since, until) if _is_open(row, marked.get((row["week"], row["of"])))]
    people: dict[int, Any] = (User if whose is Whose.PERSON else Client)._default_manager.in_bulk(
        {row["of"] for row in found}
    )
    rows = [_row(row, people, marked) for row in found]
    rows.sort(key=lambda row: (row.monday, str(row.of)))
    return OpenWeeks(whose, since, rows[:MOST], len(rows) > MOST)


def newest_complete(whose: Whose) -> list[CompleteWeek]:
    rows = CompleteWeek.objects.standing().exclude(**{whose.column: None})
    return list(rows.select_related("employee", "client", "completed_by")[:NEWEST])


def _marks(whose: Whose, since: date) -> dict[tuple[date, int], datetime]:
    rows = CompleteWeek.objects.standing().filter(monday__gte=since).exclude(**{whose.column: None})
    return {(monday, of): at for monday, of, at in rows.values_list("monday", whose.column, "completed_at")}


def _sums(whose: Whose, since: date, until: date) -> Iterator[dict[str, Any]]:
    rows = TimeEntry.objects.filter(worked_on__range=(since, until)).order_by()
    decided = Q(needs_decision="")
    sums = (
        rows.annotate(week=TruncWeek("worked_on"))
        .values("week", of=F(f"{whose.column}_id"))
        .annotate(
            total=Sum("minutes"),
            drafts=Count("pk", filter=Q(status=DRAFT, review_comment="") & decided),
            rejected=Count("pk", filter=Q(status=DRAFT) & ~Q(review_comment="") & decided),
            waiting=Count("pk", filter=Q(status=SUBMITTED) & decided),
            undecided=Count("pk", filter=~decided),
            newest=Max("approved_at"),
        )
    )
    for row in sums:
        yield dict(row)


def _is_open(row: dict[str, Any], marked_at: datetime | None) -> bool:
    """Not marked, or overtaken by work that came or changed after the mark."""
    if marked_at is None or row["drafts"] or row["rejected"] or row["waiting"] or row["undecided"]:
        return True
    return bool(row["newest"] and row["newest"] > marked_at)


def _row(row: dict[str, Any], people: dict[int, Any], marked: dict[tuple[date, int], datetime]) -> OpenWeek:
    return OpenWeek(
        monday=row["week"],
        of=people[row["of"]],
        minutes=row["total"],
        drafts=row["drafts"],
        rejected=row["rejected"],
        submitted=row["waiting"],
        undecided=row["undecided"],
        completed_at=marked.get((row["week"], row["of"])),
    )
