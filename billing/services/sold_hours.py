"""Credit notes as a person asks for them on an invoice; a refund of sold hours takes the hours out of their package.

Money for hours never goes back while the hours stay: what is credited is worth unused minutes, which leave the ledger.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.services.credits import CreditKind, CreditLine, credit_invoice, left_on_lines, named_amount
from billing.services.locks import check_documents_open
from billing.services.refunds import refundable, take_hours, unused_minutes
from crm.models import User

Kind = LedgerRow.Kind


@transaction.atomic
def credit_or_refund(
    invoice: Invoice,
    *,
    kind: CreditKind,
    reason: str,
    issued_on: date,
    by: User,
    at: datetime,
    lines: Sequence[CreditLine] = (),
) -> Invoice:
    """As `credit_invoice`; a refund of a package also as `refund_hours`.

    A full one takes the hours that it gives back the money for; `balance_limit` once they are used.
    """
    if kind is CreditKind.PACKAGE_REFUND:
        return refund_hours(invoice, reason=reason, issued_on=issued_on, by=by, at=at, lines=lines)
    if kind is CreditKind.FULL:
        _take_back(invoice, reason=reason, on=issued_on, by=by, at=at)
    return credit_invoice(invoice, kind=kind, reason=reason, issued_on=issued_on, by=by, at=at, lines=lines)


@transaction.atomic
def refund_hours(
    invoice: Invoice, *, reason: str, issued_on: date, by: User, at: datetime, lines: Sequence[CreditLine] = ()
) -> Invoice:
    """Credits sold hours and takes what they are worth out of their packages; without lines, all that is unused.

    ValidationError `invalid` for a line that sells no hours, `balance_limit` for more than is unused and not pending,
    `refund_too_much`, `required` without a reason, `wrong_status` for a void package; and what credit_invoice refuses.
    """
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    check_documents_open(invoice.seller, on=issued_on)
    Invoice.objects.locked().get(pk=invoice.pk)
    left = left_on_lines(invoice)
    sold = {line.pk: line for line in left if line.kind == InvoiceLine.Kind.PACKAGE}
    if not sold or any(asked.line_id not in sold for asked in lines):
        error = ValidationError(_("Only hours that were sold ahead are refunded this way."), code="invalid")
        raise ValidationError({"lines": error})
    asked_lines = lines or [CreditLine(line_id=pk) for pk in sorted(sold)]
    parts = [
        _take(sold[asked.line_id], asked, left[sold[asked.line_id]].amount, reason=reason, on=issued_on, by=by, at=at)
        for asked in asked_lines
    ]
    found = [part for part in parts if part.amount]
    if not found:
        raise ValidationError(_("No hours are unused."), code="balance_limit")
    return credit_invoice(
        invoice, kind=CreditKind.PACKAGE_REFUND, reason=reason, issued_on=issued_on, by=by, at=at, lines=found
    )


def _take(
    line: InvoiceLine, asked: CreditLine, left: Decimal, *, reason: str, on: date, by: User, at: datetime
) -> CreditLine:
    """Takes the minutes that the amount is worth out of the package of the line."""
    package = _package_of(line)
    unused = max(0, unused_minutes(package))
    amount = named_amount(line.invoice, line, asked)
    worth = refundable(package, unused)
    if amount is None:
        amount = min(left, worth)
    minutes = unused if amount == worth else _minutes_for(package, amount)
    if amount > 0:
        kept = minutes if amount > worth else min(unused, minutes)
        take_hours(package, minutes=kept, price=amount, reason=reason, by=by, on=on, at=at)
    return replace(asked, amount=amount)


def _minutes_for(package: HourPackage, amount: Decimal) -> int:
    """The minutes that an amount is worth, rounded up."""
    return math.ceil(Fraction(amount) * package.purchased_minutes / Fraction(package.price)) if package.price else 0


def _package_of(line: InvoiceLine) -> HourPackage:
    mine = Q(invoice_line=line) | Q(account=line.purchase.account_id if line.purchase else None)
    return HourPackage.objects.get(mine)


def _take_back(invoice: Invoice, *, reason: str, on: date, by: User, at: datetime) -> None:
    """Takes the hours out of their packages that an issued invoice sold and that nothing took before."""
    check_documents_open(invoice.seller, on=on)
    row = Invoice.objects.locked().get(pk=invoice.pk)
    if not reason.strip() or (row.status, row.kind) != (Invoice.Status.ISSUED, Invoice.Kind.INVOICE):
        return  # refused by the credit note itself, in words
    for line, left in left_on_lines(invoice).items():
        if line.kind == InvoiceLine.Kind.PACKAGE and left.amount > 0:
            _take_sold(line, left.amount, reason=reason, on=on, by=by, at=at)


def _take_sold(line: InvoiceLine, left: Decimal, *, reason: str, on: date, by: User, at: datetime) -> None:
    package = _package_of(line)
    if package.voided_on:
        return
    unused, sums = max(0, unused_minutes(package)), _sums(package)
    sold = line.purchase.minutes if line.purchase else _first_sale(package)
    asked = min(sold, sums[Kind.PURCHASE] + sums[Kind.REFUND])
    if asked - unused > -sums[Kind.EXPIRY]:
        message = _("Hours of this package are used: only %(left)s min are unused. Refund those instead.")
        raise ValidationError(message, code="balance_limit", params={"left": unused})
    minutes = min(asked, unused)
    if minutes > 0:
        price = min(left, refundable(package, minutes))
        take_hours(package, minutes=minutes, price=price, reason=reason, by=by, on=on, at=at)


def _first_sale(package: HourPackage) -> int:
    rows = LedgerRow.objects.filter(account=package.account_id, kind=Kind.PURCHASE)
    return int(rows.earliest("pk").minutes)


def _sums(package: HourPackage) -> Counter[str]:
    """Minutes of its ledger by kind, a reversal counted with what it takes back."""
    rows = LedgerRow.objects.filter(account=package.account_id).annotate(what=Coalesce("reverses__kind", "kind"))
    return Counter(dict(rows.order_by().values_list("what").annotate(total=Sum("minutes"))))
