"""Unused hours given back for money, up to their purchase price, with a credit note where an invoice stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.rules.expiry import refund_limit
from billing.services import ledger
from billing.services.credits import CreditKind, CreditLine, credit_invoice, left_on_lines
from billing.services.figures import refresh_hours
from billing.services.locks import check_documents_open
from crm.models import User


@dataclass(frozen=True, slots=True)
class Refund:
    """What left the package, and the credit notes that take it off its invoices, if there are any."""

    row: LedgerRow
    credits: tuple[Invoice, ...] = ()


@transaction.atomic
def refund_package(
    package: HourPackage,
    *,
    minutes: int,
    reason: str,
    by: User,
    on: date,
    at: datetime,
    amount: Decimal | None = None,
) -> Refund:
    """Takes unused hours out of a package; `amount` is what the client gets, by default all that may be given.

    ValidationError `balance_limit` for more than is unused and not pending, `refund_too_much`, `required` without a
    reason, `wrong_status` for a void package; and what credit_invoice refuses.
    """
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    check_documents_open(package.seller, on=on)
    sales = _locked_sales(package)
    booked = take_hours(package, minutes=minutes, price=amount, reason=reason, by=by, on=on, at=at)
    return Refund(booked, _credit(sales, booked.price or Decimal(0), reason, by=by, on=on, at=at))


@transaction.atomic
def take_hours(
    package: HourPackage, *, minutes: int, price: Decimal | None, reason: str, by: User, on: date, at: datetime
) -> LedgerRow:
    """Takes unused hours out of a package for a price, by default all that may be given; refuses as refund_package."""
    row, unused = _locked(package)
    _check_unused(row, minutes, unused)
    limit = refundable(row, minutes)
    paid = limit if price is None else price
    if not 0 <= paid <= limit:
        error = ValidationError(_("At most %(limit)s can be given back."), "refund_too_much", {"limit": str(limit)})
        raise ValidationError({"amount": error})
    booked = _book(row, minutes, paid, reason.strip(), by=by, on=on, at=at)
    refresh_hours([row.client], on=on)
    return booked


@transaction.atomic
def unused_minutes(package: HourPackage) -> int:
    """What is left of a package and held by no pending work, under the lock of its account."""
    return _locked(package)[1]


def refundable(package: HourPackage, minutes: int) -> Decimal:
    """The most that so many unused minutes may give back, at what all minutes cost; in all never more than that."""
    rows = LedgerRow.objects.filter(account=package.account_id, kind=LedgerRow.Kind.REFUND)
    given: Decimal = rows.aggregate(total=Sum("price"))["total"] or Decimal(0)
    limit = refund_limit(minutes, purchased=package.purchased_minutes, price=package.price, currency=package.currency)
    left: Decimal = package.price - given
    return min(limit, left)


def _locked(package: HourPackage) -> tuple[HourPackage, int]:
    """The package, and what is unused and held by no pending work."""
    row = HourPackage.objects.locked().select_related("client", "seller").get(pk=package.pk)
    balance = ledger.lock_accounts([row.account_id])[row.account_id].balance_minutes
    return row, balance - ledger.reserved_minutes(row.account_id)


def _check_unused(package: HourPackage, minutes: int, unused: int) -> None:
    if package.voided_on:
        raise ValidationError(_("This package is void."), code="wrong_status")
    if minutes < 1:
        raise ValidationError({"minutes": ValidationError(_("Give back at least one minute."), code="min_value")})
    if minutes > unused:
        raise ValidationError(_("Only %(left)s min are unused."), code="balance_limit", params={"left": max(0, unused)})


def _book(
    package: HourPackage, minutes: int, price: Decimal, reason: str, *, by: User, on: date, at: datetime
) -> LedgerRow:
    number = ledger.next_generation(package.account_id, LedgerRow.Kind.REFUND)
    row = ledger.end_row(
        package.account_id, LedgerRow.Kind.REFUND, minutes=minutes, generation=number, on=on, by=by, at=at
    )
    row.price, row.source = price, reason[:120]
    package.refunded_minutes += minutes
    package.save(update_fields=["refunded_minutes"])
    return ledger.book_rows([row])[0]


def _locked_sales(package: HourPackage) -> list[InvoiceLine]:
    """Issued lines that sold the hours, the newest first.

    Their invoices are locked before the account, in the order in which a credit note locks them.
    """
    sales = InvoiceLine.objects.sale_of(package).filter(invoice__status=Invoice.Status.ISSUED)
    list(Invoice.objects.filter(pk__in=sales.order_by().values("invoice")).locked())
    return list(sales.select_related("invoice"))


def _credit(
    sales: Sequence[InvoiceLine], amount: Decimal, reason: str, *, by: User, on: date, at: datetime
) -> tuple[Invoice, ...]:
    """Credit notes where the hours stand on issued invoices: what was sold last goes back first."""
    made, rest = [], amount
    for line in sales:
        left = max(Decimal(0), left_on_lines(line.invoice)[line].amount)
        part = rest if line == sales[-1] else min(rest, left)
        if not part:
            continue
        rest -= part
        made.append(
            credit_invoice(
                line.invoice,
                kind=CreditKind.PACKAGE_REFUND,
                reason=reason,
                issued_on=on,
                by=by,
                at=at,
                lines=[CreditLine(line_id=line.pk, amount=part)],
            )
        )
    return tuple(made)
