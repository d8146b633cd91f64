"""Unused hours given back for money, up to their purchase price, with a credit note where an invoice stands."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Invoice, LedgerRow
from billing.rules.expiry import refund_limit
from billing.services import ledger
from billing.services.credits import CreditKind, CreditLine, credit_invoice
from billing.services.figures import refresh_hours
from billing.services.locks import check_documents_open
from crm.models import User


@dataclass(frozen=True, slots=True)
class Refund:
    """What left the package, and the credit note that takes it off the invoice, if there is one."""

    row: LedgerRow
    credit: Invoice | None = None


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
    row, unused = _locked(package)
    _check_unused(row, minutes, unused)
    limit = refundable(row, minutes)
    paid = limit if amount is None else amount
    if not 0 <= paid <= limit:
        error = ValidationError(_("At most %(limit)s can be given back."), "refund_too_much", {"limit": str(limit)})
        raise ValidationError({"amount": error})
    booked = _book(row, minutes, paid, reason.strip(), by=by, on=on, at=at)
    refresh_hours([row.client], on=on)
    return Refund(booked, _credit(row, paid, reason, by=by, on=on, at=at))


def refundable(package: HourPackage, minutes: int) -> Decimal:
    """The most that so many unused minutes may give back, at what all minutes of the package cost."""
    return refund_limit(minutes, purchased=package.purchased_minutes, price=package.price, currency=package.currency)


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
    return ledger.book_rows([row])[0]


def _credit(package: HourPackage, amount: Decimal, reason: str, *, by: User, on: date, at: datetime) -> Invoice | None:
    """The credit note, where the package stands on an issued invoice and money goes back."""
    line = package.invoice_line
    if line is None or not amount or line.invoice.status != Invoice.Status.ISSUED:
        return None
    return credit_invoice(
        line.invoice,
        kind=CreditKind.PACKAGE_REFUND,
        reason=reason,
        issued_on=on,
        by=by,
        at=at,
        lines=[CreditLine(line_id=line.pk, amount=amount)],
    )
