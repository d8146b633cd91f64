"""Finance completes the week, after the approvals of leads and account managers."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, Q, Sum
from django.db.models.functions import TruncWeek
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from billing.models import CompleteWeek, TimeEntry
from billing.models.time import TimeEntryQuery
from billing.models.weeks import CompleteWeekQuery
from crm.db import update_rows, worded
from crm.models import Firm, User
from crm.periods import week_start

DRAFT, SUBMITTED = TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED
SIX_DAYS = timedelta(days=6)

type Key = tuple[date, int]


class Whose(StrEnum):
    PERSON = "person"
    CLIENT = "client"

    @property
    def column(self) -> str:
        return "employee" if self is Whose.PERSON else "client"

    def marks(self) -> CompleteWeekQuery:
        return CompleteWeek.objects.standing().exclude(**{self.column: None})

    def of(self, week: CompleteWeek) -> int | None:
        return week.employee_id if self is Whose.PERSON else week.client_id


@dataclass(frozen=True, slots=True)
class WeekWork:
    """Minutes worked and entries that wait; each counts once: undecided, else given back, else by its status."""

    minutes: int
    drafts: int
    rejected: int
    submitted: int
    undecided: int
    newest: datetime | None

    @property
    def waiting(self) -> int:
        return self.drafts + self.rejected + self.submitted + self.undecided

    def is_as_marked(self, mark: CompleteWeek) -> bool:
        """Whether nothing came, changed, waits or went since the mark was made."""
        is_newer = self.newest is not None and self.newest > mark.completed_at
        return not self.waiting and not is_newer and self.minutes == mark.minutes


def work_by_week(whose: Whose, *, first: date, last: date, of: Collection[int] | None = None) -> dict[Key, WeekWork]:
    """What was logged from day to day, by Monday and by whose it is; one query."""
    rows = TimeEntry.objects.filter(worked_on__range=(first, last)).order_by()
    rows = rows if of is None else rows.filter(**{f"{whose.column}__in": of})
    decided = Q(needs_decision="")
    sums = rows.values(monday=TruncWeek("worked_on"), of=F(f"{whose.column}_id")).annotate(
        total=Sum("minutes"),
        drafts=Count("pk", filter=Q(status=DRAFT, review_comment="") & decided),
        rejected=Count("pk", filter=Q(status=DRAFT) & ~Q(review_comment="") & decided),
        waiting=Count("pk", filter=Q(status=SUBMITTED) & decided),
        undecided=Count("pk", filter=~decided),
        newest=Max("approved_at"),
    )
    return {(monday, pk): WeekWork(*counts) for monday, pk, *counts in sums.values_list(*COLUMNS)}


COLUMNS = ("monday", "of", "total", "drafts", "rejected", "waiting", "undecided", "newest")


@transaction.atomic
def complete_weeks(weeks: Collection[CompleteWeek], *, by: User, at: datetime) -> list[CompleteWeek]:
    """Marks weeks as complete, all or none. A week that later work opened again is marked anew, its old mark ends.

    ValidationError `wrong_status` for a week with work that is not approved or without any work, `already_done` for
    one that stands complete. PermissionDenied for one's own week.
    """
    if any(week.employee_id == by.pk for week in weeks) and not Firm.load().small_firm:
        raise PermissionDenied(_("Nobody completes their own week."))
    for whose in Whose:
        _mark([week for week in weeks if whose.of(week)], whose, by=by, at=at)
    with worded():
        return CompleteWeek.objects.bulk_create(weeks)


@transaction.atomic
def undo_week(week: CompleteWeek, *, by: User, at: datetime) -> CompleteWeek:
    """Takes the mark back. `already_done` if it was, `wrong_status` once work of the week stands on an invoice."""
    row = CompleteWeek.objects.locked().get(pk=week.pk)
    if row.undone_at:
        raise ValidationError(_("This week is open already."), code="already_done")
    own = {"employee": row.employee_id} if row.employee_id else {"client": row.client_id}
    work = TimeEntry.objects.of_week(row.monday, row.monday + SIX_DAYS).filter(**own)
    if work.filter(Q(status=TimeEntry.Status.INVOICED) | Q(coverages__is_billed=True)).exists():
        raise ValidationError(_("Work of this week stands on an invoice."), code="wrong_status")
    row.undone_by, row.undone_at = by, at
    row.save(update_fields=["undone_by", "undone_at"])
    return row


def _mark(weeks: Collection[CompleteWeek], whose: Whose, *, by: User, at: datetime) -> None:
    """Fills the marks in, and ends those that newer work has made untrue; a true one stays, and refuses the second."""
    if not weeks:
        return
    keys = [(week_start(week.monday), whose.of(week) or 0) for week in weeks]
    days, of = [monday for monday, _pk in keys], [pk for _monday, pk in keys]
    work = work_by_week(whose, first=min(days), last=max(days) + SIX_DAYS, of=of)
    marks = whose.marks().filter(monday__in=days, **{f"{whose.column}__in": of}).locked()
    old = {(mark.monday, whose.of(mark) or 0): mark for mark in marks}
    for key, week in zip(keys, weeks, strict=True):
        week.minutes = _checked(week, work.get(key)).minutes
        week.completed_by, week.completed_at = by, at
    _end([mark for key, mark in old.items() if key in keys and not work[key].is_as_marked(mark)], by=by, at=at)


def _checked(week: CompleteWeek, work: WeekWork | None) -> WeekWork:
    if work is None:
        raise ValidationError(_("Nothing was logged in this week."), code="wrong_status")
    if not work.waiting:
        return work
    words = ngettext_lazy(
        "%(week)s: one entry is not approved yet.", "%(week)s: %(n)s entries are not approved yet.", work.waiting
    )
    raise ValidationError(words, code="wrong_status", params={"week": week, "n": work.waiting})


def _end(marks: Collection[CompleteWeek], *, by: User, at: datetime) -> None:
    for mark in marks:
        mark.undone_by, mark.undone_at = by, at
    update_rows(list(marks), ["undone_by", "undone_at"])


def in_complete_weeks(entries: TimeEntryQuery) -> set[int]:
    """Ids of those entries whose week stands complete, for their client or for who did the work.

    A mark that later work has overtaken does not count: the week is open again.
    """
    rows = list(entries.order_by().values_list("pk", "worked_on", "client", "employee").distinct())
    mondays = {week_start(day) for _pk, day, _client, _person in rows}
    clients = _complete(Whose.CLIENT, mondays, of={row[2] for row in rows})
    people = _complete(Whose.PERSON, mondays, of={row[3] for row in rows})
    return {
        pk
        for pk, day, client, person in rows
        if (week_start(day), client) in clients or (week_start(day), person) in people
    }


def _complete(whose: Whose, mondays: Collection[date], *, of: Collection[int]) -> set[Key]:
    """Weeks of these people or clients with a mark that still tells the truth."""
    found = whose.marks().filter(monday__in=mondays, **{f"{whose.column}__in": of})
    marks = {(mark.monday, whose.of(mark) or 0): mark for mark in found}
    if not marks:
        return set()
    days, marked = [monday for monday, _pk in marks], {pk for _monday, pk in marks}
    work = work_by_week(whose, first=min(days), last=max(days) + SIX_DAYS, of=marked)
    return {key for key, mark in marks.items() if key in work and work[key].is_as_marked(mark)}


def standing_marks(whose: Whose, *, since: date) -> Mapping[Key, CompleteWeek]:
    return {(mark.monday, whose.of(mark) or 0): mark for mark in whose.marks().filter(monday__gte=since)}
