"""Work that awaits a top-up: covered in worked order as soon as hours come, never invoiced before."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from billing.models import Coverage, TimeEntry
from billing.rules.coverage import Cover, CoverageRow, Source
from billing.services import ledger
from billing.services.alerts import alert_usage
from billing.services.bookings import draws_of, worked_order
from billing.services.coverage import plan_coverage, write_coverage
from billing.services.figures import shift_hours
from billing.services.locks import hold_periods_open, time_locked_until
from billing.services.recovery import recover_hours
from billing.services.rollups import add_work, remove_work
from billing.services.terms import Terms, load_terms
from clients.models import Client
from crm.db import update_rows
from crm.models import User


def lock_waiting(client: Client) -> list[TimeEntry]:
    """Approved work of a client and those merged with it that awaits a top-up, locked before any account is.

    Closed periods are left out, and nobody closes one until commit, so that none of it is refused after all.
    """
    hold_periods_open()
    family = client.holder.family
    uncovered = Coverage.objects.filter(source=Coverage.Source.NONE, offer=None, entry__client__in=family)
    rows = TimeEntry.objects.filter(pk__in=uncovered.values("entry"), status=TimeEntry.Status.APPROVED)
    closed = time_locked_until()
    return worked_order((rows.filter(worked_on__gt=closed) if closed else rows).locked())


@transaction.atomic
def cover_paid_work(client: Client, *, by: User | None, at: datetime) -> None:
    """Draws for work that waited until the hours were paid; a second run finds nothing to do."""
    cover_waiting(lock_waiting(client), by=by, at=at)


def cover_all_paid_work(*, at: datetime) -> None:
    """The same for every client with such work, each in its own transaction."""
    uncovered = Coverage.objects.filter(
        source=Coverage.Source.NONE, offer=None, entry__status=TimeEntry.Status.APPROVED
    )
    for client in Client.objects.filter(pk__in=uncovered.values("entry__client")).order_by("pk"):
        cover_paid_work(client, by=None, at=at)


def cover_waiting(entries: Sequence[TimeEntry], *, by: User | None, at: datetime, priced: bool = False) -> None:
    """Draws what the accounts now hold for these entries; each draws in its next generation.

    `priced` also bills what is left where a policy that was changed now lets it: it awaits nothing any more.
    """
    if not entries:
        return
    terms = load_terms(entries, lock=True)
    rows = Coverage.objects.filter(entry__in=entries, source=Coverage.Source.NONE, offer=None)
    waiting = {row.entry_id: row for row in rows}
    pairs = []
    for entry in entries:
        covered = plan_coverage(entry, terms, minutes=waiting[entry.pk].minutes)
        drawn = replace(covered, rows=_settled(covered, priced=priced))
        terms.take(drawn, offer=None)
        if drawn.rows:
            pairs.append((entry, drawn))
    if pairs:
        _book(pairs, waiting, terms, by=by, at=at)


def _settled(covered: Cover, *, priced: bool) -> tuple[CoverageRow, ...]:
    bills = priced and not covered.blockers
    by_time = Source.TIME_AND_MATERIALS
    return tuple(row for row in covered.rows if row.account_id or (bills and row.source is by_time))


def _book(
    pairs: Sequence[tuple[TimeEntry, Cover]],
    waiting: dict[int, Coverage],
    terms: Terms,
    *,
    by: User | None,
    at: datetime,
) -> None:
    entries, covers = [entry for entry, _drawn in pairs], [drawn for _entry, drawn in pairs]
    remove_work(entries)
    for entry in entries:
        entry.generation += 1
    update_rows(entries, ["generation"])
    _shorten([(waiting[entry.pk], drawn.covered_minutes) for entry, drawn in pairs])
    draws = draws_of(entries, covers, by=by, at=at)
    recover_hours(terms, draws, by=by, at=at)
    drawn = ledger.book_rows(draws)
    write_coverage(entries, covers, terms, drawn=drawn, first=_next_position(entries))
    for entry in entries:
        del entry.parts  # the earlier rows stand beside the new ones
    add_work(entries)
    shift_hours(entries, drawn, packages=terms.in_force(on=timezone.localdate(at)), on=timezone.localdate(at))
    alert_usage(terms, drawn, at=at)


def _shorten(rows: Sequence[tuple[Coverage, int]]) -> None:
    """Takes what is covered now out of the rows that waited; a row with nothing left goes."""
    for row, minutes in rows:
        row.minutes -= minutes
    Coverage.objects.filter(pk__in=[row.pk for row, _minutes in rows if not row.minutes]).delete()
    update_rows([row for row, _minutes in rows if row.minutes], ["minutes"])


def _next_position(entries: Sequence[TimeEntry]) -> int:
    last = Coverage.objects.filter(entry__in=entries).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1
