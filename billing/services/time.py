"""Logging of work: every way to log ends here, and no commercial reason refuses it.

A plan and a booking use the same cover; short work inside a package that allows it is booked on saving.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import TimeEntry
from billing.models.guards import on_statement
from billing.rules.coverage import LOGGED_DRAW_LIMIT_MINUTES, Cover, draws_on_saving
from billing.rules.handover import NEEDS_DECISION as HANDOVER
from billing.services.approvals import check_approver
from billing.services.bookings import carry_days, plan_all, stamp_entries, undo_booking, worked_order, write_booking
from billing.services.coverage import drop_coverage, planned_accounts, planned_parts, write_plan
from billing.services.endings import end_touched
from billing.services.fit_checks import warn_without_check
from billing.services.follow_up import note_follow_ups, unmark_follow_up
from billing.services.goodwill import note_goodwill
from billing.services.handovers import ask_about_handovers, keep_returns
from billing.services.locks import check_open, time_locked_until
from billing.services.notices import tell_of_work
from billing.services.rounding import days_of, hold_days
from billing.services.terms import Terms, load_terms
from crm.access import Role
from crm.db import worded
from crm.models import User

DRAFT, SUBMITTED, APPROVED, INVOICED = TimeEntry.Status
# What free work after an invoice and goodwill are judged by.
ON_DRAFT = _("This work stands on a draft invoice; take it off there first.")
ON_ISSUED = _("A part of this work stands on an invoice: credit it there first.")
JUDGED = {"client", "engagement", "offer", "hour_package", "worked_on", "minutes", "billing_type"}


SPAN = ("employee", "worked_on", "started_at", "ended_at")


class Span(NamedTuple):
    """From when to when an entry was worked."""

    pk: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Plan:
    """How an entry would be covered, with the state of the accounts before it."""

    entry: TimeEntry
    covered: Cover
    terms: Terms

    @property
    def warnings(self) -> list[str]:
        return list(self.entry.warnings)

    def balance_before(self, account_id: int) -> int:
        """Minutes that this work may count on: the balance less what other drafts plan to draw."""
        return self.terms.accounts[account_id].balance_minutes


def preview_entry(entry: TimeEntry) -> Plan:
    """What saving would plan; writes nothing. The errors are those of saving."""
    _ready(entry)
    _note_own_warnings([entry])
    ask_about_handovers([entry])
    terms = load_terms([entry], reserve=True)
    note_follow_ups([entry], terms)
    note_goodwill([entry])
    covered = plan_all([entry], terms.copy())[0]
    entry.parts = planned_parts(entry, covered, terms)
    return Plan(entry, covered, terms)


def log_entry(entry: TimeEntry, *, by: User, at: datetime) -> TimeEntry:
    """Saves new work as a draft with its planned cover, or books it at once where `draw_on_log` allows.

    ValidationError `period_locked`, `minutes_range`, `reason_required`, or on the field that names a foreign row.
    """
    return log_entries([entry], by=by, at=at)[0]


@transaction.atomic
def log_entries(entries: Sequence[TimeEntry], *, by: User, at: datetime) -> list[TimeEntry]:
    """Saves many new entries in the statements of one, in worked order; all or none."""
    ordered = worked_order(entries)
    for entry in ordered:
        _ready(entry)
        _check_logger(entry, by)
    _note_own_warnings(ordered)
    ask_about_handovers(ordered)
    with worded(savepoint=False):
        _cover_and_save(ordered, by=by, at=at)
    return list(entries)


def row_errors(entries: Sequence[TimeEntry], *, by: User) -> dict[int, ValidationError]:
    """What `log_entries` would refuse, by position; for edges that take many rows and must name the bad ones."""
    closed = time_locked_until()
    errors = {}
    for position, entry in enumerate(entries):
        try:
            _ready(entry)
            _check_logger(entry, by)
            check_open(entry.worked_on, closed)
            if entry.hour_package_id:
                preview_entry(entry)
        except ValidationError as refused:
            errors[position] = refused
    return errors


@transaction.atomic
def change_entry(entry: TimeEntry, *, changes: dict[str, Any], by: User, at: datetime) -> TimeEntry:
    """Changes work that is not invoiced. What was approved gives back its draws and draws anew.

    A draft stays a draft, submitted work submitted. Approved work is changed by whoever may approve it, work that
    was booked on saving also by who logged it. Answers `wrong_status` for invoiced work.
    """
    hold_days([entry] if entry.status == APPROVED else [])
    row = _locked(entry)
    was_approved, on_log = row.status == APPROVED, row.approved_on_log
    check_changer(row, by=by)
    held, days = planned_accounts([row]), days_of([row])
    with worded():
        _free(row, by=by, at=at)
        _apply(row, changes)
        _follow_span(row, changes)
        _ready(row)
        _note_own_warnings([row])
        if was_approved and not on_log:
            _book(row, by=by, at=at)
        else:
            row.status = DRAFT if on_log else row.status
            ask_about_handovers([row])
            _cover_and_save([row], by=by, at=at)
        carry_days(days, by=by, at=at)
    end_touched(held, on=timezone.localdate(at), by=by, at=at)
    return row


@transaction.atomic
def delete_entry(entry: TimeEntry, *, by: User, at: datetime) -> None:
    """Takes back what the work drew and deletes it; the audit trail keeps its last state."""
    hold_days([entry] if entry.status == APPROVED else [])
    row = _locked(entry)
    check_changer(row, by=by)
    held, days = planned_accounts([row]), days_of([row])
    with worded():
        _free(row, by=by, at=at)
        row.delete()
        carry_days(days, by=by, at=at)
    end_touched(held, on=timezone.localdate(at), by=by, at=at)


def check_changer(entry: TimeEntry, *, by: User) -> None:
    """PermissionDenied unless `by` may change the entry; ValidationError `wrong_status` if the client has it."""
    if entry.status == INVOICED:
        raise ValidationError(_("This work stands on an invoice and is no longer changed."), code="wrong_status")
    if entry.status == APPROVED:
        _check_on_no_document(entry)
    if entry.status == APPROVED and TimeEntry.objects.on_issued_statement().filter(pk=entry.pk).exists():
        raise on_statement()
    own = by.pk in ({entry.employee_id, entry.approved_by_id} if entry.approved_on_log else {entry.employee_id})
    if own and (entry.status != APPROVED or entry.approved_on_log):
        return
    if entry.status == APPROVED or not TimeEntry.objects.filter(pk=entry.pk).changeable_by(by).exists():
        check_approver([entry], by=by)


def _check_on_no_document(entry: TimeEntry) -> None:
    """Of approved work a part may be billed, or shown at 0.00."""
    billed = entry.coverages.filter(is_billed=True)
    shown = entry.shown.filter(released_by=None)
    issued = shown.filter(line__invoice__status="issued").exists() or (
        billed.filter(billed__released_by=None, billed__line__invoice__status="issued").exists()
    )
    if issued or shown.exists() or billed.exists():
        raise ValidationError(ON_ISSUED if issued else ON_DRAFT, code="wrong_status")


def settle_entry(entry: TimeEntry) -> None:
    """Fills in what follows from the rest: the engagement's terms, the seller, minutes and day of a span.

    New work named for a merged client is that of the one that stayed; what stands on its record already stays there.
    """
    if not entry.pk:
        entry.client = entry.client.holder
    if entry.engagement and not entry.offer and not entry.hour_package:
        offer = entry.engagement.offer
        entry.offer = offer if offer and offer.takes_work(on=_day_of(entry)) else None
    if entry.engagement and not entry.service_line_id:
        entry.service_line_id = entry.engagement.service_line_id
    if not entry.seller_id:
        entry.seller = _seller_of(entry)
    if entry.started_at and entry.ended_at and not entry.minutes:
        entry.minutes = max(1, round((entry.ended_at - entry.started_at).total_seconds() / 60))
    if entry.started_at and not entry.worked_on:
        entry.worked_on = timezone.localdate(entry.started_at)


def _day_of(entry: TimeEntry) -> date:
    return timezone.localdate(entry.started_at) if entry.started_at and not entry.worked_on else entry.worked_on


def _seller_of(entry: TimeEntry) -> Any:
    agreement = entry.hour_package or entry.offer or entry.engagement
    seller = agreement.seller if agreement else entry.client.default_seller
    if seller is None:
        error = ValidationError(_("Say which own company works for this client."), code="seller_missing")
        raise ValidationError({"client": error})
    return seller


def _check_logger(entry: TimeEntry, by: User) -> None:
    if entry.employee_id != by.pk and not by.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE, Role.INTEGRATION):
        raise PermissionDenied(_("You log your own time."))


def _locked(entry: TimeEntry) -> TimeEntry:
    row = TimeEntry.objects.locked().filter(pk=entry.pk).first()
    if row is None:
        raise ValidationError(_("This entry is gone."), code="already_done")
    return row


def _free(entry: TimeEntry, *, by: User, at: datetime) -> None:
    """Gives back what the entry drew or planned to draw."""
    if entry.status == APPROVED:
        undo_booking([entry], by=by, at=at)
    else:
        drop_coverage([entry])


def _follow_span(entry: TimeEntry, changes: dict[str, Any]) -> None:
    """A start or end that moves says minutes and day anew, unless they came with it."""
    moved = {"started_at", "ended_at"} & changes.keys()
    if moved and entry.started_at and entry.ended_at and "minutes" not in changes:
        entry.minutes = 0
    if "started_at" in changes and entry.started_at and "worked_on" not in changes:
        entry.worked_on = timezone.localdate(entry.started_at)


def _ready(entry: TimeEntry) -> None:
    settle_entry(entry)
    entry.clean()


def _cover_and_save(entries: Sequence[TimeEntry], *, by: User, at: datetime) -> None:
    """Saves with the plan, and books what may be drawn on saving; short work therefore locks the accounts."""
    short = any(entry.minutes <= LOGGED_DRAW_LIMIT_MINUTES for entry in entries)
    terms = load_terms(entries, reserve=True, lock=short)
    note_follow_ups(entries, terms, lock=True)
    note_goodwill(entries, lock=True)
    booked: list[tuple[TimeEntry, Cover]] = []
    planned: list[tuple[TimeEntry, Cover]] = []
    for entry, covered in zip(entries, plan_all(entries, terms), strict=True):
        entry.approved_on_log = _may_book(entry, covered, terms, on=timezone.localdate(at))
        (booked if entry.approved_on_log else planned).append((entry, covered))
    stamp_entries(*_columns(booked), terms, by=by, at=at)
    _write(entries)
    write_booking(*_columns(booked), terms, by=by, at=at)
    write_plan(*_columns(planned), terms)
    keep_returns(entries)
    _tell(entries, at=at)


def _tell(entries: Sequence[TimeEntry], *, at: datetime) -> None:
    """What the work means for its offers: who is to be told of an overrun, and of a missing fit check."""
    for offer in tell_of_work(entries, at=at):
        warn_without_check(offer, at=at)


def _columns(pairs: Sequence[tuple[TimeEntry, Cover]]) -> tuple[list[TimeEntry], list[Cover]]:
    return [entry for entry, _covered in pairs], [covered for _entry, covered in pairs]


def _write(entries: Sequence[TimeEntry]) -> None:
    """New entries together; a single one comes back with the moment that the database wrote on it."""
    if len(entries) > 1 and not any(entry.pk for entry in entries):
        TimeEntry.objects.bulk_create(entries)
        return
    for entry in entries:
        entry.save()


def _may_book(entry: TimeEntry, covered: Cover, terms: Terms, *, on: date) -> bool:
    return (
        entry.status == DRAFT
        and not entry.warnings
        and not entry.review_comment
        and entry.worked_on <= on
        and draws_on_saving(covered, raw_minutes=entry.minutes, draw_on_log_ids=terms.draw_on_log_ids)
    )


def _apply(entry: TimeEntry, changes: dict[str, Any]) -> None:
    """The new values. What was judged about other values is judged again, unless the change is that decision."""
    if "decision" not in changes and JUDGED & changes.keys():
        was_free = not entry.decision and 0 < entry.follow_up_minutes == entry.minutes
        unmark_follow_up(entry)
        entry.decision = changes["billing_type"] if was_free and "billing_type" in changes else ""
    for name, value in changes.items():
        setattr(entry, name, value)
    if "client" in changes:
        entry.client = entry.client.holder


def _book(entry: TimeEntry, *, by: User, at: datetime) -> None:
    """Approved work stays approved; what it became may need somebody else's decision first, or be nobody's to approve.

    Whose time it is now is known before it is saved, whose client's only afterwards.
    """
    check_approver([entry], by=by)
    terms = load_terms([entry], lock=True)
    note_goodwill([entry], lock=True)
    ask_about_handovers([entry])
    if entry.needs_decision == HANDOVER:
        message = _("This work would come back after a handover: log it anew, so that somebody says who pays for it.")
        raise ValidationError(message, code="needs_decision")
    if entry.needs_decision:
        raise ValidationError(_("A partner decides about this goodwill."), code="needs_decision")
    covers = plan_all([entry], terms)
    stamp_entries([entry], covers, terms, by=by, at=at)
    entry.save()
    check_approver([entry], by=by)
    write_booking([entry], covers, terms, by=by, at=at)
    keep_returns([entry])
    _tell([entry], at=at)


def _note_own_warnings(entries: Sequence[TimeEntry]) -> None:
    """What deserves a second look in entries themselves: span, work at the same time, an offer not accepted."""
    booked = _spans_near(entries)
    for entry in entries:
        entry.warnings = []
        if not entry.fits_span(day=timezone.localdate(entry.started_at) if entry.started_at else None):
            entry.warnings.append("span_differs")
        if _overlaps(entry, booked):
            entry.warnings.append("overlap")
        if entry.offer and not entry.offer.is_binding:
            entry.warnings.append("offer_not_accepted")


def _spans_near(entries: Sequence[TimeEntry]) -> dict[tuple[int, date], list[Span]]:
    """Booked spans by person and worked day, of the days of these entries and those beside them; one query."""
    timed = [entry for entry in entries if entry.started_at and entry.ended_at]
    if not timed:
        return {}
    days = {entry.worked_on + timedelta(days=step) for entry in timed for step in (-1, 0, 1)}
    rows = TimeEntry.objects.filter(employee__in={entry.employee_id for entry in timed}, worked_on__in=days)
    found: dict[tuple[int, date], list[Span]] = defaultdict(list)
    for row in rows.filter(started_at__isnull=False, ended_at__isnull=False).only(*SPAN):
        if row.started_at and row.ended_at:
            found[row.employee_id, row.worked_on].append(Span(row.pk, row.started_at, row.ended_at))
    return found


def _overlaps(entry: TimeEntry, booked: Mapping[tuple[int, date], Sequence[Span]]) -> bool:
    if not (entry.started_at and entry.ended_at):
        return False
    days = (entry.worked_on + timedelta(days=step) for step in (-1, 0, 1))
    near = (span for day in days for span in booked.get((entry.employee_id, day), ()))
    return any(row.pk != entry.pk and row.start < entry.ended_at and row.end > entry.started_at for row in near)
