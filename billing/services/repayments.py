"""Money that leaves again: credit paid back to the client, and payments that the client's bank took back."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Payment, Refund
from billing.services.locks import check_documents_open
from billing.services.payments import locked_payment, take_back_all
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User


@transaction.atomic
def refund_payment(
    payment: Payment, *, amount: Decimal, paid_on: date, reference: str = "", by: User, at: datetime
) -> Refund:
    """Pays back what settles nothing. ValidationError `over_allocated` above that, `period_locked`."""
    check_documents_open(payment.seller, on=paid_on)
    row = locked_payment(payment)
    if not 0 < amount <= row.unapplied_amount:
        error = ValidationError(
            _("Only %(left)s of it is the client's credit."),
            code="over_allocated",
            params={"left": row.unapplied_amount},
        )
        raise ValidationError({"amount": error})
    return _leave(row, Refund.Kind.PAID_BACK, amount=amount, paid_on=paid_on, reference=reference, by=by, at=at)


@transaction.atomic
def return_payment(
    payment: Payment,
    *,
    paid_on: date,
    reference: str = "",
    kind: Refund.Kind = Refund.Kind.RETURNED,
    by: User,
    at: datetime,
) -> Refund:
    """The client's bank took the payment back, or it was `CORRECTED`: what it settled is owed again.

    What was paid back to the client before stays, the rest leaves. ValidationError `already_done` a second time.
    """
    check_documents_open(payment.seller, on=paid_on)
    row = locked_payment(payment)
    take_back_all(row, by=by, at=at)
    left = locked_payment(payment).unapplied_amount
    if left <= 0:
        raise ValidationError(_("Nothing of this payment is left."), code="already_done")
    return _leave(row, kind, amount=left, paid_on=paid_on, reference=reference, by=by, at=at)


def _leave(payment: Payment, kind: Refund.Kind, **fields: Any) -> Refund:
    at, by = fields.pop("at"), fields.pop("by")
    enqueue("billing.tasks.refresh_money_figures", payment.client_id)
    with worded():
        return Refund.objects.create(payment=payment, kind=kind, **fields, made_by=by, made_at=at)
