"""Money received and what it settles: partial, over, for several invoices; what is left over is the client's credit.

Rows are append-only: taking an allocation back is a negative one. Invoices are locked in id order before they are
settled, so two bookings never settle more than is owed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import Allocation, Invoice, Payment
from billing.services.locks import check_documents_open
from clients.models import Client, Seller
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Settled = Mapping[Invoice, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money as it came in."""

    client: Client
    seller: Seller
    amount: Decimal
    currency: str
    received_on: date
    reference: str = ""
    external_source: str = ""
    external_id: str = ""


@transaction.atomic
def book_payment(receipt: Receipt, *, settles: Settled, by: User, at: datetime) -> Payment:
    """Books a payment and what it settles; the rest stays as the client's credit.

    ValidationError: `period_locked`; `invalid` for an amount that is not above zero; `over_allocated` when it settles
    more than it is or more than an invoice owes; `wrong_party` for an invoice of another client, seller or currency.
    """
    check_documents_open(receipt.seller, on=receipt.received_on)
    if receipt.amount <= 0:
        raise ValidationError({"amount": ValidationError(_("A payment is greater than zero."), code="invalid")})
    with worded():
        payment = Payment.objects.create(**{name: getattr(receipt, name) for name in receipt.__slots__}, made_by=by)
    allocate_payment(payment, settles=settles, by=by, at=at)
    return payment


@transaction.atomic
def allocate_payment(payment: Payment, *, settles: Settled, by: User, at: datetime) -> list[Allocation]:
    """Settles invoices from what is left of a payment; the refusals are those of `book_payment`."""
    row = Payment.objects.with_unapplied().get(pk=Payment.objects.select_for_update().get(pk=payment.pk).pk)
    wanted = {invoice.pk: amount for invoice, amount in settles.items() if amount}
    if sum(wanted.values()) > row.unapplied_amount:
        raise _over(_("A payment cannot settle more than it is; %(left)s is left."), row.unapplied_amount)
    for invoice in _locked_invoices(wanted):
        _check_party(row, invoice)
        if not 0 < wanted[invoice.pk] <= invoice.balance_amount:
            raise _over(_("%(number)s owes %(left)s."), invoice.balance_amount, number=invoice.number)
    made = [
        Allocation(payment=row, invoice_id=pk, amount=amount, made_by=by, made_at=at)
        for pk, amount in sorted(wanted.items())
    ]
    enqueue("billing.tasks.refresh_money_figures", row.client_id)
    return Allocation.objects.bulk_create(made)


@transaction.atomic
def take_back_allocation(allocation: Allocation, *, by: User, at: datetime) -> Allocation:
    """Undoes what a payment settled by a negative row, once; the money is the client's credit again."""
    payment = Payment.objects.select_for_update().get(pk=allocation.payment_id)
    rows = Allocation.objects.filter(payment=payment, invoice=allocation.invoice_id)
    standing = sum((row.amount for row in rows), Decimal(0))
    if allocation.amount <= 0 or standing < allocation.amount:
        raise ValidationError(_("This was taken back already."), code="already_done")
    enqueue("billing.tasks.refresh_money_figures", payment.client_id)
    return Allocation.objects.create(
        payment=payment, invoice_id=allocation.invoice_id, amount=-allocation.amount, made_by=by, made_at=at
    )


def propose_allocations(invoices: Sequence[Invoice], amount: Decimal) -> dict[Invoice, Decimal]:
    """What a payment would settle: the invoice that owes exactly this much, else the oldest ones first."""
    exact = next((invoice for invoice in invoices if invoice.balance_amount == amount), None)
    if exact is not None:
        return {exact: amount}
    proposed: dict[Invoice, Decimal] = {}
    for invoice in sorted(invoices, key=lambda row: (row.due_on or date.max, row.pk)):
        part = min(amount - sum(proposed.values()), invoice.balance_amount)
        if part > 0:
            proposed[invoice] = part
    return proposed


def _locked_invoices(wanted: Mapping[int, Decimal]) -> list[Invoice]:
    """The invoices with their balances of this moment; a draft or a credit note cannot be settled."""
    list(Invoice.objects.filter(pk__in=wanted).locked())
    rows = list(Invoice.objects.issued().invoices().with_balance().filter(pk__in=wanted).order_by("pk"))
    if len(rows) < len(wanted):
        raise ValidationError(
            {"allocations": ValidationError(_("Only issued invoices can be settled."), code="wrong_status")}
        )
    return rows


def _check_party(payment: Payment, invoice: Invoice) -> None:
    same = (invoice.client_id, invoice.seller_id, invoice.currency)
    if same != (payment.client_id, payment.seller_id, payment.currency):
        message = _("%(number)s is of another client, own company or currency.")
        error = ValidationError(message, code="wrong_party", params={"number": invoice.number})
        raise ValidationError({"allocations": error})


def _over(message: "_StrPromise", left: Decimal, **params: str) -> ValidationError:
    error = ValidationError(message, code="over_allocated", params={"left": left, **params})
    return ValidationError({"allocations": error})
