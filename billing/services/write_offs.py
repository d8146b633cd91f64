"""Claims given up: one person asks, another approves; a write-off lowers what is owed, never revenue."""

from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Invoice, WriteOff, WriteOffRequest
from billing.services.locks import check_documents_open
from clients.services.distance import check_distance
from crm.access import may
from crm.db import worded
from crm.jobs import enqueue
from crm.models import Firm, User


@transaction.atomic
def request_write_off(
    invoice: Invoice, *, reason: str, by: User, at: datetime, amount: Decimal | None = None
) -> WriteOffRequest:
    """Asks to give up what an invoice owes, or a part of it.

    ValidationError: `wrong_status` for a draft, `already_done` when nothing is owed or a request waits already,
    `over_allocated` above the balance, `required` without a reason.
    """
    row = _owing(invoice)
    asked = row.balance_amount if amount is None else amount
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    if not 0 < asked <= row.balance_amount:
        error = ValidationError(_("It owes %(left)s."), code="over_allocated", params={"left": row.balance_amount})
        raise ValidationError({"amount": error})
    with worded():
        return WriteOffRequest.objects.create(
            invoice=row, amount=asked, reason=reason.strip()[:200], requested_by=by, requested_at=at
        )


@transaction.atomic
def approve_write_off(request: WriteOffRequest, *, on: date, by: User, at: datetime) -> WriteOff:
    """Books the write-off. PermissionDenied for who asked for it, unless the firm is too small for two people.

    ValidationError: `already_done` if it was decided, `period_locked`, `over_allocated` if less is owed by now.
    """
    row = _undecided(request, by)
    check_documents_open(row.invoice.seller, on=on)
    if row.amount > _owing(row.invoice).balance_amount:
        raise ValidationError(_("Less is owed by now; ask anew."), code="over_allocated")
    row.decided_by, row.decided_at, row.approved = by, at, True
    row.save(update_fields=["decided_by", "decided_at", "approved"])
    enqueue("billing.tasks.refresh_money_figures", row.invoice.client_id)
    with worded():
        return WriteOff.objects.create(
            invoice=row.invoice,
            amount=row.amount,
            written_off_on=on,
            reason=row.reason,
            request=row,
            approved_by=by,
            made_at=at,
        )


@transaction.atomic
def refuse_write_off(request: WriteOffRequest, *, by: User, at: datetime) -> WriteOffRequest:
    """Keeps the claim; the request stays in the history."""
    row = _undecided(request, by)
    row.decided_by, row.decided_at, row.approved = by, at, False
    row.save(update_fields=["decided_by", "decided_at", "approved"])
    return row


def _undecided(request: WriteOffRequest, by: User) -> WriteOffRequest:
    row = WriteOffRequest.objects.locked().select_related("invoice__seller", "invoice__client").get(pk=request.pk)
    if row.decided_at is not None:
        raise ValidationError(_("This was decided already."), code="already_done")
    check_distance(row.invoice.client, by=by, asked_by=row.requested_by_id)
    own = row.requested_by_id == by.pk and not Firm.load().small_firm
    if own or not may(by, "write_off.approve"):
        raise PermissionDenied(_("Another person approves a write-off: a partner who did not ask for it."))
    return row


def _owing(invoice: Invoice) -> Invoice:
    """The invoice, locked, with its balance of this moment."""
    Invoice.objects.locked().get(pk=invoice.pk)
    row = Invoice.objects.invoices().with_balance().select_related("seller").get(pk=invoice.pk)
    if row.status != Invoice.Status.ISSUED:
        raise ValidationError(_("Only an issued invoice can be written off."), code="wrong_status")
    if row.balance_amount <= 0:
        raise ValidationError(_("Nothing is owed on this invoice."), code="already_done")
    return row
