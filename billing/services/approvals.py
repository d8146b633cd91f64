"""Approval of time: submit, approve in bulk, reject, decide.

An approval takes the entries' rows, then the accounts' rows, each in id order, and books the whole batch or nothing.
Nobody approves their own time unless the firm says that it is too small for that.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from billing.models import TimeEntry
from billing.models.time import BOOKED
from billing.services.bookings import STAMPED, plan_all, stamp_entries, worked_order, write_booking
from billing.services.coverage import drop_coverage, planned_accounts
from billing.services.endings import end_touched
from billing.services.goodwill import check_budgets, is_undecided_goodwill, record_decision
from billing.services.locks import check_time_open
from billing.services.notices import tell_of_work
from billing.services.terms import load_terms
from crm.access import Role
from crm.db import update_rows, worded
from crm.models import Firm, User

DRAFT, SUBMITTED = TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED

PART = "part"
CHOICES = {
    "billable": TimeEntry.BillingType.BILLABLE,
    "package": TimeEntry.BillingType.BILLABLE,
    "new_offer": TimeEntry.BillingType.BILLABLE,
    "goodwill": TimeEntry.BillingType.GOODWILL,
    "warranty": TimeEntry.BillingType.WARRANTY,
    "non_billable": TimeEntry.BillingType.NON_BILLABLE,
    "dispute": TimeEntry.BillingType.DISPUTE,
    PART: TimeEntry.BillingType.NON_BILLABLE,
}


@transaction.atomic
def submit_entries(ids: Collection[int], *, at: datetime) -> list[TimeEntry]:
    """Hands drafts over for approval. Answers `wrong_status` or `already_done` if one is no draft any more."""
    entries = _locked(ids)
    _check_status(entries, DRAFT)
    check_time_open(*(entry.worked_on for entry in entries))
    for entry in entries:
        entry.status, entry.submitted_at, entry.review_comment = SUBMITTED, at, ""
    with worded():
        update_rows(entries, ["status", "submitted_at", "review_comment"])
    return entries


def submit_week(employee: User, *, monday: date, at: datetime) -> list[TimeEntry]:
    """Submits the week's drafts; what is approved already stays. Answers `already_done` when nothing is left."""
    drafts = TimeEntry.objects.filter(employee=employee, status=DRAFT)
    ids = drafts.of_week(monday, monday + timedelta(days=6)).values_list("pk", flat=True)
    if not ids:
        raise ValidationError(_("There is nothing left to submit in this week."), code="already_done")
    return submit_entries(ids, at=at)


@transaction.atomic
def approve_entries(ids: Collection[int], *, by: User, at: datetime) -> list[TimeEntry]:
    """Approves submitted entries, all or none: rounds, covers, draws, copies rate and cost.

    Raises PermissionDenied for an entry that `by` may not approve; ValidationError `already_done`, `wrong_status`,
    `needs_decision`, `period_locked`, `rate_missing`, `rate_currency` or `balance_limit`.
    """
    entries = worked_order(_locked(ids))
    _check_status(entries, SUBMITTED)
    check_approver(entries, by=by)
    _check_decided(entries)
    check_time_open(*(entry.worked_on for entry in entries))
    terms = load_terms(entries, lock=True)
    check_budgets(entries, by=by)
    covers = plan_all(entries, terms)
    stamp_entries(entries, covers, terms, by=by, at=at)
    with worded(savepoint=False):
        update_rows(entries, STAMPED)
        drop_coverage(entries)
        write_booking(entries, covers, terms, by=by, at=at)
    tell_of_work(entries, at=at)
    end_touched(terms.over(on=timezone.localdate(at)), on=timezone.localdate(at), by=by, at=at)
    return entries


@transaction.atomic
def reject_entries(ids: Collection[int], *, comment: str, by: User, at: datetime) -> list[TimeEntry]:
    """Gives submitted entries back to their writers, with a comment; hours kept for them in ended packages go.

    Goodwill that is given back counts as refused.
    """
    words = read_comment(comment)
    entries = _locked(ids)
    _check_status(entries, SUBMITTED)
    check_approver(entries, by=by)
    for entry in entries:
        entry.status, entry.review_comment = DRAFT, words
        if is_undecided_goodwill(entry):
            record_decision(
                entry, occasion="approval", choice="reject", outcome="refused", reason=comment.strip(), by=by, at=at
            )
    with worded():
        update_rows(entries, ["status", "review_comment"])
    end_touched(planned_accounts(entries), on=timezone.localdate(at), by=by, at=at)
    return entries


def read_comment(comment: str) -> str:
    """What has to change, as the entry keeps it. ValidationError `required` for nothing."""
    if not comment.strip():
        raise ValidationError({"comment": ValidationError(_("Say what has to change."), code="required")})
    return comment.strip()[:300]


def check_approver(entries: Sequence[TimeEntry], *, by: User) -> None:
    """PermissionDenied unless `by` may approve all of them: as lead, for an own client, or as partner."""
    own = [entry for entry in entries if entry.employee_id == by.pk]
    if own and not Firm.load().small_firm:
        raise PermissionDenied(_("Nobody approves their own time."))
    if by.is_in(Role.PARTNER):
        return
    ids = [entry.pk for entry in entries]
    if TimeEntry.objects.filter(pk__in=ids).reviewable_by(by).count() < len(ids):
        raise PermissionDenied(_("The lead of the engagement or the account manager approves this time."))


def billing_type_of(choice: str) -> str:
    """What a decision makes of an entry. ValidationError for a choice that does not exist."""
    if choice not in CHOICES:
        error = ValidationError(_("Choose one of the answers."), code="invalid_choice")
        raise ValidationError({"choice": error})
    return CHOICES[choice]


def _locked(ids: Collection[int]) -> list[TimeEntry]:
    entries = list(TimeEntry.objects.filter(pk__in=ids).locked())
    if not entries:
        raise ValidationError(_("Choose at least one entry."), code="required")
    if len(entries) < len(set(ids)):
        raise ValidationError(_("Some of these entries are gone."), code="already_done")
    return entries


def _check_status(entries: Iterable[TimeEntry], wanted: TimeEntry.Status) -> None:
    others = [entry for entry in entries if entry.status != wanted]
    if not others:
        return
    done = any(entry.status in BOOKED or (wanted == DRAFT and entry.status == SUBMITTED) for entry in others)
    raise ValidationError(
        ngettext_lazy(
            "One entry is already %(status)s: reload and look again.",
            "%(count)s entries are no longer %(wanted)s: reload and look again.",
            len(others),
        ),
        code="already_done" if done else "wrong_status",
        params={"count": len(others), "status": others[0].get_status_display(), "wanted": wanted.label},
    )


def _check_decided(entries: Iterable[TimeEntry]) -> None:
    undecided = [entry for entry in entries if entry.needs_decision]
    if undecided:
        raise ValidationError(
            ngettext_lazy("One entry awaits a decision.", "%(count)s entries await a decision.", len(undecided)),
            code="needs_decision",
            params={"count": len(undecided)},
        )
