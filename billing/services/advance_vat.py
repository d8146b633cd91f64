"""VAT invoices for money received ahead: issued under the next number of their series, deducted by acts, taken back.

Locks go in one order: the period, the payment, the invoices that asked for the money by their ids, then the series.
An act holds the same invoices, so a VAT invoice and an act that sets its money off are written one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import (
    AdvanceDeduction,
    AdvanceVatInvoice,
    AdvanceVatWithdrawal,
    Allocation,
    Invoice,
    InvoiceLine,
    Payment,
    Refund,
    Series,
    ServiceAct,
)
from billing.models.advance_vat import already_deducted
from billing.rules.advance_vat import ZERO, AdvanceRow, vat_share
from billing.services.act_rows import rows_of
from billing.services.advance_receipts import Receipt, account_of, awaiting_receipts, sales_of
from billing.services.frozen import freeze_buyer, freeze_seller, sha256_of
from billing.services.locks import check_documents_open
from billing.services.series import series_of, take_number
from crm.db import worded
from crm.jobs import enqueue
from crm.models import User

BOUNCED = (Refund.Kind.PAID_BACK, Refund.Kind.RETURNED)  # what was never the client's money is taken back instead


@transaction.atomic
def issue_advance_vat(
    payment: Payment, invoice: Invoice, *, issued_on: date, payment_number: str = "", by: User, at: datetime
) -> AdvanceVatInvoice:
    """The VAT invoice for all that a payment brought ahead on an invoice and that has none yet.

    Acts that came between the money and this day deduct from it at once.

    ValidationError `nothing_received`, `too_early` and `too_late` at `issued_on`, `period_locked`, `series_missing`,
    `number_order`.
    """
    check_documents_open(invoice.seller, on=issued_on)
    Payment.objects.locked().get(pk=payment.pk)
    lock_bills([invoice.pk])
    receipt = _receipt(payment, invoice)
    _check_day(receipt, issued_on, today=timezone.localdate(at))
    made = _write(receipt, issued_on=issued_on, payment_number=payment_number.strip(), by=by, at=at)
    for act in _acts_on(invoice):
        set_off_act(act, by=by, at=at)
    enqueue("billing.tasks.keep_advance_vat_files", made.pk)
    return made


@transaction.atomic
def withdraw_advance_vat(
    advance: AdvanceVatInvoice, *, reason: str, on: date, by: User, at: datetime
) -> AdvanceVatWithdrawal:
    """Takes a wrong VAT invoice back; the money waits for another one, under the next number.

    ValidationError `required` without a reason, `already_done`, `wrong_status` once VAT of it is deducted.
    """
    check_documents_open(advance.seller, on=on)
    lock_bills([advance.invoice_id])
    if not reason.strip():
        raise _at("reason", _("Write a reason."), "required")
    if AdvanceVatWithdrawal.objects.filter(advance=advance).exists():
        raise ValidationError(_("It is taken back already."), code="already_done")
    if advance.deductions.standing().exists():
        raise already_deducted()
    with worded():
        return AdvanceVatWithdrawal.objects.create(
            advance=advance, withdrawn_on=on, reason=reason.strip()[:200], made_by=by, created_at=at
        )


@transaction.atomic
def deduct_paid_back(advance: AdvanceVatInvoice, *, on: date, by: User, at: datetime) -> list[AdvanceDeduction]:
    """Deducts the VAT of money that left again (NK RF art. 171(5)): what its payment paid back, up to what is left.

    ValidationError `nothing_received` where nothing was paid back that is not deducted yet.
    """
    check_documents_open(advance.seller, on=on)
    Payment.objects.locked().get(pk=advance.payment_id)
    lock_bills([advance.invoice_id])
    made = []
    for refund, amount in _paid_back(advance):
        day = max(on, advance.issued_on)
        made.append(_deduct(advance, amount, invoice=advance.invoice, on=day, by=by, at=at, refund=refund))
    if not made:
        raise ValidationError(_("No money of it was paid back."), code="nothing_received")
    return made


def paid_back_amount(advance: AdvanceVatInvoice) -> Decimal:
    """What `deduct_paid_back` would deduct, with its VAT inside."""
    return sum((amount for _refund, amount in _paid_back(advance)), ZERO)


def lock_bills(ids: Iterable[int]) -> None:
    """The invoices that asked for money ahead, locked in the order of their ids until commit."""
    list(Invoice.objects.filter(pk__in=list(ids)).locked())


def set_off_act(act: ServiceAct, *, by: User, at: datetime) -> list[AdvanceDeduction]:
    """Deducts what an act sets off of VAT invoices over money that was there by its day, the earliest money first.

    Safe to run twice: only what the act has not set off yet is taken. The caller holds the bills (`lock_bills`).
    """
    made = []
    for bills, wanted in _wanted(act):
        left = wanted - _set_off_before(act, bills)
        for advance, room in _candidates(bills, until=act.acted_on):
            part = min(left, room)
            if part > 0:
                left -= part
                day = max(act.acted_on, advance.issued_on)
                paid = next((bill for bill in bills if bill.pk == advance.invoice_id), bills[0])
                made.append(_deduct(advance, part, invoice=paid, on=day, by=by, at=at, act=act))
    return made


def bills_of(act_invoice: Invoice, *, account: int | None) -> list[int]:
    """The invoices whose money an act would set off: those that sold the hours, or whose advances are set off."""
    if account is not None:
        return [line.invoice_id for line in sales_of([account])]
    lines = InvoiceLine.objects.standing().filter(invoice=act_invoice, sets_off__isnull=False)
    return list(lines.values_list("sets_off__invoice", flat=True))


def _wanted(act: ServiceAct) -> Iterator[tuple[list[Invoice], Decimal]]:
    """Bills, and how much of their money the act sets off."""
    if act.package:
        lines = sales_of([act.package.account_id])
        bills = list(dict.fromkeys(line.invoice_id for line in lines))
        found = Invoice.objects.in_bulk(bills)
        if bills:
            yield [found[pk] for pk in bills], sum((row.gross for row in rows_of(act)), ZERO)
        return
    rows = InvoiceLine.objects.standing().filter(invoice=act.invoice, sets_off__isnull=False)
    sums: dict[Invoice, Decimal] = {}
    for line in rows.select_related("sets_off__invoice"):
        assert line.sets_off is not None  # noqa: S101  # filtered by it
        bill = line.sets_off.invoice
        sums[bill] = sums.get(bill, ZERO) - line.net_amount - line.vat_amount
    yield from (([bill], amount) for bill, amount in sums.items())


def _set_off_before(act: ServiceAct, bills: Sequence[Invoice]) -> Decimal:
    done = AdvanceDeduction.objects.filter(act=act, invoice__in=bills)
    return done.aggregate(total=Sum("gross_amount"))["total"] or ZERO


def _candidates(bills: Sequence[Invoice], *, until: date) -> Iterator[tuple[AdvanceVatInvoice, Decimal]]:
    """VAT invoices of these bills with what is left; then money that came to them from another invoice."""
    rows = AdvanceVatInvoice.objects.filter(received_on__lte=until).with_open_rest()
    for advance in rows.filter(invoice__in=bills).order_by("received_on", "pk"):
        yield advance, advance.rest_gross
    moved = Allocation.objects.filter(invoice__in=bills).order_by().values("payment")
    payments = moved.annotate(total=Sum("amount")).filter(total__gt=0).values("payment")
    for advance in rows.filter(payment__in=payments).exclude(invoice__in=bills).order_by("received_on", "pk"):
        yield advance, moved_away(advance)


def moved_away(advance: AdvanceVatInvoice) -> Decimal:
    """What is left of a VAT invoice whose money no longer settles its invoice; asks for `with_rest()`."""
    own = advance.deductions.standing().filter(invoice=advance.invoice_id, refund=None)
    used = own.aggregate(total=Sum("gross_amount"))["total"] or ZERO
    settles = Allocation.objects.filter(payment=advance.payment_id, invoice=advance.invoice_id)
    still = (settles.aggregate(total=Sum("amount"))["total"] or ZERO) - used
    return max(ZERO, advance.rest_gross - max(ZERO, still))


def _paid_back(advance: AdvanceVatInvoice) -> Iterator[tuple[Refund, Decimal]]:
    row = AdvanceVatInvoice.objects.with_rest().get(pk=advance.pk)
    left = moved_away(row)
    for refund in Refund.objects.filter(payment=row.payment_id, kind__in=BOUNCED).order_by("pk"):
        done = refund.deductions.aggregate(total=Sum("gross_amount"))["total"] or ZERO
        part = min(left, refund.amount - done)
        if part > 0:
            left -= part
            yield refund, part


def _deduct(
    advance: AdvanceVatInvoice, part: Decimal, *, invoice: Invoice, on: date, by: User, at: datetime, **cause: Any
) -> AdvanceDeduction:
    row = AdvanceVatInvoice.objects.with_rest().get(pk=advance.pk)
    vat = vat_share(row.vat_amount, row.gross_amount, used=row.deducted_gross, part=part, currency=row.currency)
    with worded():
        return AdvanceDeduction.objects.create(
            advance=advance,
            invoice=invoice,
            gross_amount=part,
            vat_amount=min(vat, row.rest_vat) if part < row.rest_gross else row.rest_vat,
            deducted_on=on,
            made_by=by,
            created_at=at,
            **cause,
        )


def _acts_on(invoice: Invoice) -> list[ServiceAct]:
    """Standing acts that set off money of an invoice: of the hours it sold, and of its final invoices."""
    accounts = {account_of(line) for line in invoice.lines.select_related("package", "purchase")} - {None}
    finals = InvoiceLine.objects.standing().filter(sets_off__invoice=invoice).values("invoice")
    mine = Q(package__account__in=accounts) | Q(package=None, invoice__in=finals)
    return list(ServiceAct.objects.standing().filter(mine).select_related("package").order_by("acted_on", "pk"))


def _receipt(payment: Payment, invoice: Invoice) -> Receipt:
    rows = awaiting_receipts(Invoice.objects.filter(pk=invoice.pk), until=date.max)
    found = next((row for row in rows if row.payment.pk == payment.pk), None)
    if found is None:
        words = _("This payment brought no money ahead on %(number)s that has no VAT invoice yet.")
        raise ValidationError(words, code="nothing_received", params={"number": str(invoice)})
    return found


def _check_day(receipt: Receipt, issued_on: date, *, today: date) -> None:
    if issued_on < receipt.received_on:
        raise _at("issued_on", _("The money came in on a later day."), "too_early")
    if issued_on > today:
        raise _at("issued_on", _("This day is yet to come."), "too_late")


def _write(receipt: Receipt, *, issued_on: date, payment_number: str, by: User, at: datetime) -> AdvanceVatInvoice:
    invoice = receipt.invoice
    content: dict[str, Any] = {
        "received_on": receipt.received_on,
        "payment_number": (payment_number or receipt.payment_number)[:40],
        "currency": invoice.currency,
        "rows": as_json(receipt.rows),
        "seller_frozen": freeze_seller(invoice.seller, currency=invoice.currency),
        "buyer_frozen": freeze_buyer(invoice.client),
    }
    numbered = take_number(series_of(invoice.seller, Series.Kind.ADVANCE_VAT), on=issued_on)
    stated = content | {"number": numbered.number, "issued_on": issued_on, "invoice": invoice.content_sha256}
    with worded():
        return AdvanceVatInvoice.objects.create(
            payment=receipt.payment,
            invoice=invoice,
            seller=invoice.seller,
            gross_amount=receipt.gross,
            vat_amount=receipt.vat,
            issued_on=issued_on,
            content_sha256=sha256_of(stated),
            made_by=by,
            created_at=at,
            **numbered._asdict(),
            **content,
        )


def as_json(rows: Iterable[AdvanceRow]) -> list[list[str]]:
    return [[row.text, f"{row.rate:f}", f"{row.gross:f}", f"{row.vat:f}"] for row in rows]


def rows_stated(advance: AdvanceVatInvoice) -> list[AdvanceRow]:
    """What the VAT invoice states, as it was written."""
    return [AdvanceRow(text, Decimal(rate), Decimal(gross), Decimal(vat)) for text, rate, gross, vat in advance.rows]


def _at(field: str, words: str, code: str) -> ValidationError:
    return ValidationError({field: ValidationError(words, code=code)})
