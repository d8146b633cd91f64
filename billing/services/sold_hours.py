"""Credit notes as a person asks for them on an invoice; a refund of sold hours takes the hours out of their package.

Money for hours never goes back while the hours stay: what is credited is worth unused minutes, which leave the ledger.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, Invoice, InvoiceLine
from billing.services.credits import CreditKind, CreditLine, credit_invoice, left_on_lines, named_amount
from billing.services.locks import check_documents_open
from billing.services.refunds import refundable, take_hours, unused_minutes
from crm.models import User


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
    """As `credit_invoice`; a refund of a package also as `refund_hours`."""
    if kind is CreditKind.PACKAGE_REFUND:
        return refund_hours(invoice, reason=reason, issued_on=issued_on, by=by, at=at, lines=lines)
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
    mine = Q(invoice_line=line) | Q(account=line.purchase.account_id if line.purchase else None)
    package = HourPackage.objects.get(mine)
    unused = unused_minutes(package)
    amount = named_amount(line.invoice, line, asked)
    if amount is None:
        amount = min(left, refundable(package, max(0, unused)))
    if amount > 0:
        minutes = math.ceil(Fraction(amount) * package.purchased_minutes / Fraction(package.price))
        take_hours(package, minutes=minutes, price=amount, reason=reason, by=by, on=on, at=at)
    return replace(asked, amount=amount)
