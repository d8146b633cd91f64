"""Finance completes the week, after the approvals of leads and account managers."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from billing.models import CompleteWeek, TimeEntry
from billing.models.time import TimeEntryQuery
from crm.db import worded
from crm.models import Firm, User

BOOKED = (TimeEntry.Status.APPROVED, TimeEntry.Status.INVOICED)


@transaction.atomic
def complete_weeks(weeks: Collection[CompleteWeek], *, by: User, at: datetime) -> list[CompleteWeek]:
    """Marks weeks as complete, all or none. A week that later work opened again is marked anew, its old mark ends.

    ValidationError `wrong_status` for a week with work that is not approved or without any work, `already_done` for
    one that stands complete. PermissionDenied for one's own week.
    """
    for week in weeks:
        _check_own(week, by=by)
        _check_approved(week, _work(week))
        _end_reopened(week, by=by, at=at)
        week.completed_by, week.completed_at = by, at
        with worded():
            week.save(force_insert=True)
    return list(weeks)


@transaction.atomic
def undo_week(week: CompleteWeek, *, by: User, at: datetime) -> CompleteWeek:
    """Takes the mark back. `already_done` if it was, `wrong_status` once work of the week stands on an invoice."""
    row = CompleteWeek.objects.locked().get(pk=week.pk)
    if row.undone_at:
        raise ValidationError(_("This week is open already."), code="already_done")
    if _work(row).filter(Q(status=TimeEntry.Status.INVOICED) | Q(coverages__is_billed=True)).exists():
        raise ValidationError(_("Work of this week stands on an invoice."), code="wrong_status")
    row.undone_by, row.undone_at = by, at
    row.save(update_fields=["undone_by", "undone_at"])
    return row


def _work(week: CompleteWeek) -> TimeEntryQuery:
    rows = TimeEntry.objects.of_week(week.monday, week.monday + timedelta(days=6))
    return rows.filter(employee=week.employee_id) if week.employee_id else rows.filter(client=week.client_id)


def _check_own(week: CompleteWeek, *, by: User) -> None:
    if week.employee_id == by.pk and not Firm.load().small_firm:
        raise PermissionDenied(_("Nobody completes their own week."))


def _check_approved(week: CompleteWeek, work: TimeEntryQuery) -> None:
    if not work.exists():
        raise ValidationError(_("Nothing was logged in this week."), code="wrong_status")
    n = work.exclude(status__in=BOOKED).count()
    if n:
        raise ValidationError(
            ngettext_lazy(
                "%(week)s: one entry is not approved yet.", "%(week)s: %(n)s entries are not approved yet.", n
            ),
            code="wrong_status",
            params={"week": week, "n": n},
        )


def _end_reopened(week: CompleteWeek, *, by: User, at: datetime) -> None:
    """Ends the mark that newer work has made untrue; one that is true stays, and refuses the second."""
    same = CompleteWeek.objects.standing().filter(monday=week.monday, employee=week.employee_id, client=week.client_id)
    old = same.locked().first()
    if old and _work(week).filter(approved_at__gt=old.completed_at).exists():
        old.undone_by, old.undone_at = by, at
        old.save(update_fields=["undone_by", "undone_at"])
