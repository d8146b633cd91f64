"""Money received and what it settles: partial, over, for several invoices; what is left over is the client's credit.

Rows are append-only: taking an allocation back is a negative one. Invoices are locked in id order before they are
settled, so two bookings never settle more than is owed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Allocation, Invoice, InvoiceLine, Payment
from billing.services.locks import check_documents_open
from clients.models import Client, Seller
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User
from crm.money import quantise

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Settled = Mapping[Invoice, Decimal]

NOTHING = (Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money as it came in."""

    client: Client
    seller: Seller
    amount: Decimal
    currency: str
    received_on: date
    reference: str = ""
    payer_name: str = ""
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
    """Settles invoices from what is left of a payment; the refusals are those of `book_payment`.

    An invoice that gets all it is owed less its cash discount, within the days, is settled as a whole.

    It settles from the day on which both are there: closed, for a payment and an invoice of a closed period.
    """
    days = [max(payment.received_on, invoice.issued_on or payment.received_on) for invoice in settles]
    check_documents_open(payment.seller, on=min(days, default=payment.received_on))
    row = locked_payment(payment)
    wanted = {invoice.pk: amount for invoice, amount in settles.items() if amount}
    if sum(wanted.values()) > row.unapplied_amount:
        raise _over(_("A payment cannot settle more than it is; %(left)s is left."), row.unapplied_amount)
    made = []
    for invoice in _locked_invoices(wanted):
        _check_party(row, invoice)
        amount = wanted[invoice.pk]
        if not 0 < amount <= invoice.balance_amount:
            raise _over(_("%(number)s owes %(left)s."), invoice.balance_amount, number=invoice.number)
        earned = earned_discount(invoice, amount, paid_on=row.received_on)
        made.append(
            Allocation(payment=row, invoice=invoice, amount=amount, discount_amount=earned, made_by=by, made_at=at)
        )
    enqueue("billing.tasks.refresh_money_figures", row.client_id)
    if InvoiceLine.objects.filter(invoice__in=wanted, kind=InvoiceLine.Kind.PACKAGE).exists():
        enqueue("billing.tasks.cover_paid_work", row.client_id)
    with worded():
        return Allocation.objects.bulk_create(made)


@transaction.atomic
def take_back_allocation(allocation: Allocation, *, by: User, at: datetime) -> Allocation:
    """Undoes what a payment settled by a negative row, as far as it still stands; the money is the client's credit.

    A cash discount goes back too, on whichever payment it is: what is owed again was not paid in full in time.

    ValidationError `period_locked` while the day of taking back itself is closed, `already_done` a second time.
    """
    check_documents_open(allocation.payment.seller, on=timezone.localdate(at))
    payment = locked_payment(allocation.payment)
    standing = _standing(payment.allocations.filter(invoice=allocation.invoice_id), "invoice")
    left, discount = standing.get(allocation.invoice_id, NOTHING)
    if allocation.amount <= 0 or left <= 0:
        raise ValidationError(_("This was taken back already."), code="already_done")
    enqueue("billing.tasks.refresh_money_figures", payment.client_id)
    amount = min(left, allocation.amount)
    back = discount if amount == left else min(discount, allocation.discount_amount)
    made = Allocation.objects.create(
        payment=payment,
        invoice_id=allocation.invoice_id,
        amount=-amount,
        discount_amount=-back,
        made_by=by,
        made_at=at,
    )
    _drop_discounts([allocation.invoice_id], by=by, at=at)
    return made


@transaction.atomic
def take_back_all(payment: Payment, *, by: User, at: datetime) -> list[Allocation]:
    """Undoes everything that a locked payment settles; its invoices are owed again, without any cash discount."""
    standing = _standing(payment.allocations.all(), "invoice")
    made = [
        Allocation(payment=payment, invoice_id=pk, amount=-amount, discount_amount=-discount, made_by=by, made_at=at)
        for pk, (amount, discount) in sorted(standing.items())
        if amount > 0
    ]
    made = Allocation.objects.bulk_create(made)
    _drop_discounts([row.invoice_id for row in made], by=by, at=at)
    return made


def free_overpaid(invoice: Invoice, *, by: User, at: datetime) -> list[Allocation]:
    """Gives back to its payments what a locked invoice no longer owes after a credit note, the newest payment first.

    The money is the client's credit then: it settles another invoice or is paid back. Of a cash discount goes back
    what the credited part of the price earned, whichever payment holds it.
    """
    money, discount = _overpaid(invoice)
    made = []
    for payment_id, (paid, kept) in sorted(_standing(invoice.allocations.all(), "payment").items(), reverse=True):
        part, less = min(paid, money), min(kept, discount)
        if part or less:
            back = {"amount": -part, "discount_amount": -less}
            made.append(Allocation(payment_id=payment_id, invoice=invoice, **back, made_by=by, made_at=at))
            money, discount = money - part, discount - less
    return Allocation.objects.bulk_create(made)


def earned_discount(invoice: Invoice, amount: Decimal, *, paid_on: date) -> Decimal:
    """The cash discount with which an amount settles all that an invoice owes; asks for `with_balance()`."""
    offered = invoice.cash_discount(paid_on=paid_on)
    return offered if amount == invoice.balance_amount - offered else Decimal(0)


def locked_payment(payment: Payment) -> Payment:
    """The payment, locked until commit, with what is left of it."""
    Payment.objects.locked().get(pk=payment.pk)
    return Payment.objects.with_unapplied().select_related("seller", "client").get(pk=payment.pk)


def propose_allocations(invoices: Sequence[Invoice], amount: Decimal, *, paid_on: date) -> dict[Invoice, Decimal]:
    """What money that came in would settle: the invoice that owes exactly this much, or this much with its cash
    discount, else the oldest debt first.
    """
    exact = next((invoice for invoice in invoices if invoice.balance_amount == amount), None)
    exact = exact or next((row for row in invoices if earned_discount(row, amount, paid_on=paid_on)), None)
    return {exact: amount} if exact is not None else settle_oldest(invoices, amount)


def settle_oldest(invoices: Sequence[Invoice], amount: Decimal) -> dict[Invoice, Decimal]:
    """What credit that was left over would settle: the oldest debt first, whatever its amount. A person decides."""
    proposed: dict[Invoice, Decimal] = {}
    for invoice in sorted(invoices, key=lambda row: (row.due_on or date.max, row.pk)):
        part = min(amount - sum(proposed.values()), invoice.balance_amount)
        if part > 0:
            proposed[invoice] = part
    return proposed


def _overpaid(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """What an invoice has too much of since it was credited: money, and cash discount in proportion."""
    row = Invoice.objects.with_balance().get(pk=invoice.pk)
    settled = row.paid_amount + row.discounted_amount
    excess = settled + row.credited_amount - row.gross_amount
    if excess <= 0:
        return NOTHING
    discount = quantise(Fraction(row.discounted_amount) * Fraction(excess) / Fraction(settled), row.currency)
    return excess - discount, discount


def _drop_discounts(invoices: Sequence[int], *, by: User, at: datetime) -> None:
    """Takes what is left of cash discounts back where an invoice is owed again, by rows without money."""
    list(Invoice.objects.filter(pk__in=invoices).locked())
    made = [
        Allocation(payment_id=pk, invoice=row, amount=0, discount_amount=-discount, made_by=by, made_at=at)
        for row in Invoice.objects.with_balance().filter(pk__in=invoices).order_by("pk")
        if row.balance_amount > 0 and row.discounted_amount > 0
        for pk, (_paid, discount) in _standing(row.allocations.all(), "payment").items()
        if discount > 0
    ]
    Allocation.objects.bulk_create(made)


def _standing(rows: QuerySet[Allocation], key: str) -> dict[int, tuple[Decimal, Decimal]]:
    """What allocations and their discounts come to, by their invoice or payment."""
    found = rows.order_by().values(key).annotate(Sum("amount"), Sum("discount_amount"))
    return {row[key]: (row["amount__sum"], row["discount_amount__sum"]) for row in found}


def _locked_invoices(wanted: Mapping[int, Decimal]) -> list[Invoice]:
    """The invoices with their balances of this moment; a draft or a credit note cannot be settled."""
    list(Invoice.objects.filter(pk__in=wanted).locked())
    rows = list(
        Invoice.objects.issued().invoices().with_balance().filter(pk__in=wanted).select_related("client").order_by("pk")
    )
    if len(rows) < len(wanted):
        raise ValidationError(
            {"allocations": ValidationError(_("Only issued invoices can be settled."), code="wrong_status")}
        )
    return rows


def _check_party(payment: Payment, invoice: Invoice) -> None:
    """Client, own company and currency are the same; clients that were merged are one."""
    same = (invoice.client.holder_id, invoice.seller_id, invoice.currency)
    if same != (payment.client.holder_id, payment.seller_id, payment.currency):
        message = _("%(number)s is of another client, own company or currency.")
        error = ValidationError(message, code="wrong_party", params={"number": invoice.number})
        raise ValidationError({"allocations": error})


def _over(message: "_StrPromise", left: Decimal, **params: str) -> ValidationError:
    error = ValidationError(message, code="over_allocated", params={"left": left, **params})
    return ValidationError({"allocations": error})
