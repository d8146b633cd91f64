"""What a client pays for a line once discounts beside it are taken off, each from the lines of its own VAT rate."""

from decimal import Decimal

from billing.models import InvoiceLine
from billing.rules.credits import Money
from billing.services.credits import left_on_lines
from crm.money import allocate

ZERO = Decimal("0.00")
KINDS = InvoiceLine.Kind


def price_left(line: InvoiceLine) -> Decimal:
    """With VAT, less what credit notes took back, less its share of the discounts of its rate on the same invoice."""
    left = left_on_lines(line.invoice)
    same = {row: money for row, money in left.items() if _is_alike(row, line)}
    off = sum((money.gross for row, money in same.items() if _is_discount(row, money)), ZERO)
    own = left[line].gross
    if not off or own <= 0:
        return own
    rows = [row for row, money in same.items() if money.gross > 0]
    shares = allocate(off, [same[row].gross for row in rows], currency=line.invoice.currency)
    return max(ZERO, own + shares[rows.index(line)])


def _is_alike(row: InvoiceLine, line: InvoiceLine) -> bool:
    return (row.vat_rate, row.vat_category) == (line.vat_rate, line.vat_category)


def _is_discount(row: InvoiceLine, money: Money) -> bool:
    return money.gross < 0 and row.kind != KINDS.SET_OFF
