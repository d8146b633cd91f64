"""Choices that are owed: who pays for work that might be free. Free of charge is a decision with a name and a record.

What is over the yearly budget, or repeats "complaint, then free", is decided by a partner; nobody decides their own.
"""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import GoodwillDecision, TimeEntry
from billing.rules.follow_up import NEEDS_DECISION as FOLLOW_UP
from billing.rules.goodwill import COMPLAINT_THEN_FREE
from billing.rules.handover import NEEDS_DECISION as HANDOVER
from billing.services.approvals import PART, billing_type_of
from billing.services.goodwill import OWN_CODES, is_undecided_goodwill, owed_decision, record_decision
from billing.services.handovers import settle_return
from billing.services.time import change_entry
from clients.services.distance import check_distance
from crm.access import Role
from crm.models import Firm, User

Outcome = GoodwillDecision.Outcome
FREE = (TimeEntry.BillingType.GOODWILL, TimeEntry.BillingType.WARRANTY)


@transaction.atomic
def decide_entry(
    entry: TimeEntry, *, choice: str, reason: str, by: User, at: datetime, review_on: date | None = None
) -> TimeEntry:
    """Settles the choice that is owed; the entry can then be approved. `wrong_status` when none is owed.

    `review_on` is until when free work of a client with the pattern stays free. Goodwill over the budget that
    somebody else than a partner chose goes on to a partner: `needs_decision` then names the budget.
    """
    billing_type = billing_type_of(choice)
    row = TimeEntry.objects.locked().filter(pk=entry.pk).first()
    if row is None:
        raise ValidationError(_("This entry is gone."), code="already_done")
    occasion = row.needs_decision or (owed_decision(row) if is_undecided_goodwill(row) else "")
    if not occasion:
        raise ValidationError(_("No decision is owed for this entry."), code="wrong_status")
    _check_decider(row, occasion, billing_type, by=by)
    _check_term(occasion, choice, review_on)
    owed = _passed_on(row, billing_type, by=by)
    if not owed:
        _record(row, occasion, choice, billing_type, reason=reason, by=by, at=at, review_on=review_on)
    changes: dict[str, Any] = {
        "needs_decision": owed,
        "decision": "" if owed else choice,
        "billing_type": billing_type,
        "reason": reason or row.reason,
    }
    if occasion == HANDOVER:
        changes |= settle_return(row, choice=billing_type, by=by, at=at)
    return change_entry(row, changes=changes, by=by, at=at)


def is_partners(entry: TimeEntry, *, by: User) -> bool:
    """Whether the choice that is owed is for a partner to make, and `by` is none."""
    return entry.needs_decision in OWN_CODES and not by.is_in(Role.PARTNER)


def _check_decider(entry: TimeEntry, occasion: str, billing_type: str, *, by: User) -> None:
    if occasion in OWN_CODES and not by.is_in(Role.PARTNER):
        raise PermissionDenied(_("A partner decides about this goodwill."))
    if billing_type in FREE:
        check_distance(entry.client, by=by, asked_by=entry.employee_id)
    own = entry.employee_id == by.pk and billing_type in FREE
    if own and not Firm.load().small_firm:
        raise PermissionDenied(_("Nobody approves their own goodwill."))


def _check_term(occasion: str, choice: str, review_on: date | None) -> None:
    if occasion == COMPLAINT_THEN_FREE and choice == "goodwill" and review_on is None:
        error = ValidationError(_("Say until when it stays free."), code="required")
        raise ValidationError({"review_on": error})


def _passed_on(entry: TimeEntry, billing_type: str, *, by: User) -> str:
    """What a partner has to decide after this choice, if somebody else made it."""
    if billing_type != TimeEntry.BillingType.GOODWILL or by.is_in(Role.PARTNER):
        return ""
    return owed_decision(entry)


def _record(
    entry: TimeEntry,
    occasion: str,
    choice: str,
    billing_type: str,
    *,
    reason: str,
    by: User,
    at: datetime,
    review_on: date | None,
) -> None:
    """Goodwill that was granted, and goodwill that was asked for and refused."""
    if choice == PART:
        outcome = Outcome.PART
    elif billing_type == TimeEntry.BillingType.GOODWILL:
        outcome = Outcome.GRANTED
    elif occasion in (FOLLOW_UP, *OWN_CODES) and billing_type == TimeEntry.BillingType.BILLABLE:
        outcome = Outcome.REFUSED
    else:
        return
    record_decision(
        entry, occasion=occasion, choice=choice, outcome=outcome, reason=reason, by=by, at=at, review_on=review_on
    )
