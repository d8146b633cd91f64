"""Work set free by a credit note, once: paid hours return to WIP, prepaid ones to their package."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from billing.models import BilledCoverage, Coverage, Invoice, InvoiceLine, ShownEntry, ShownExtra, TimeEntry
from billing.services.bookings import carry_days, plan_again, undo_booking
from billing.services.coverage import planned_accounts
from billing.services.endings import end_touched
from billing.services.locks import time_locked_until
from billing.services.notices import bill_raised
from billing.services.rounding import days_of
from clients.services.extras import mark_extras_invoiced
from crm.models import User

PREPAID = (Coverage.Source.PACKAGE, Coverage.Source.RETAINER)


def holds_work(line: InvoiceLine) -> bool:
    """Whether work stands on the line that no credit note has released."""
    standing = (line.billed, line.shown, line.extras)
    return any(rows.filter(released_by=None).exists() for rows in standing)


def minutes_on(line: InvoiceLine, entries: Collection[int] | None = None) -> int:
    """Minutes of work that stand on the line, of all its entries or of some."""
    standing = line.billed.filter(released_by=None)
    if entries is not None:
        standing = standing.filter(entry__in=entries)
    return standing.aggregate(total=Sum("minutes"))["total"] or 0


@transaction.atomic
def release_all(invoice: Invoice, credit: Invoice, *, by: User, at: datetime) -> None:
    """Frees all work that still stands on the invoice; a second time finds nothing to free."""
    shown = ShownEntry.objects.filter(line__invoice=invoice, released_by=None)
    _reopen(list(shown.values_list("entry", flat=True)))
    shown.update(released_by=credit)
    extras = ShownExtra.objects.filter(line__invoice=invoice, released_by=None)
    mark_extras_invoiced(extras.values_list("extra", flat=True), on=None)
    extras.update(released_by=credit)
    _release(BilledCoverage.objects.filter(line__invoice=invoice, released_by=None), credit, by=by, at=at)


@transaction.atomic
def release_entries(named: Mapping[int, Collection[int]], credit: Invoice, *, by: User, at: datetime) -> None:
    """Frees the entries that are named for each line, and nothing else."""
    asked = (Q(line=line, entry__in=entries) for line, entries in named.items())
    standing = BilledCoverage.objects.filter(reduce(or_, asked, Q(pk__in=[])), released_by=None)
    _release(standing, credit, by=by, at=at)


def _release(standing: QuerySet[BilledCoverage], credit: Invoice, *, by: User, at: datetime) -> None:
    entries = _reopen(list(standing.values_list("entry", flat=True)))
    shown = ShownEntry.objects.filter(entry__in=entries, line__invoice=credit.corrects_id, released_by=None)
    shown.update(released_by=credit)
    covered = list(standing.values_list("coverage", flat=True))
    drawn = set(Coverage.objects.filter(pk__in=covered, source__in=PREPAID).values_list("entry", flat=True))
    Coverage.objects.filter(pk__in=covered).update(is_billed=False)
    standing.update(released_by=credit, coverage=None)
    _return_hours([entry for entry in entries if entry.pk in drawn], by=by, at=at)
    bill_raised([pk for pk in covered if pk])


def _reopen(ids: Iterable[int | None]) -> list[TimeEntry]:
    """Entries locked in id order, back from invoiced to approved."""
    entries = list(TimeEntry.objects.filter(pk__in=[pk for pk in ids if pk]).locked())
    invoiced = [entry.pk for entry in entries if entry.status == TimeEntry.Status.INVOICED]
    TimeEntry.objects.filter(pk__in=invoiced).update(status=TimeEntry.Status.APPROVED)
    return entries


def _return_hours(entries: list[TimeEntry], *, by: User, at: datetime) -> None:
    """Gives prepaid hours back and asks for approval again.

    Work of a closed period keeps its cover, as does work of which the client has a statement or of which another part
    still stands on a document.
    """
    closed = time_locked_until()
    read = TimeEntry.objects.on_issued_statement().filter(pk__in=[entry.pk for entry in entries])
    elsewhere = set(Coverage.objects.filter(entry__in=entries, is_billed=True).values_list("entry", flat=True))
    elsewhere |= set(read.values_list("pk", flat=True))
    again = [entry for entry in entries if entry.pk not in elsewhere and not (closed and entry.worked_on <= closed)]
    if again:
        drawn, days = planned_accounts(again), days_of(again)
        undo_booking(again, by=by, at=at)
        carry_days(days, by=by, at=at)
        plan_again(again)
        end_touched(drawn, on=timezone.localdate(at), by=by, at=at)
