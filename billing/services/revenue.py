"""Revenue by day, kept in the transaction that issues a document, and rebuilt from the lines by one function.

What revenue is stands once, in `InvoiceLine.objects.revenue()`; the rollup is its sum by client, seller and service.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from billing.models import Invoice, InvoiceLine
from billing.models.invoices import InvoiceQuery
from crm.money import allocate, convert

ZERO = Decimal("0.00")
KEYS = ("invoice__client", "invoice__seller", "service_line", "invoice__issued_on")

# What `InvoiceLine.objects.revenue()` sums to, by client, seller, service and day; purchases count at the service of
# their first paid line, and what stands of an invoice on its own day. One text serves the rebuild and the invariant.
REVENUE = """
SELECT client_id, seller_id, service_line_id, issued_on,
    sum(net) AS net_amount, sum(standing) AS standing_amount, sum(purchases) AS invoice_count
FROM (
    SELECT i.client_id, i.seller_id, l.service_line_id, i.issued_on,
        CASE i.kind WHEN 'credit_note' THEN -l.base_net_amount ELSE l.base_net_amount END AS net,
        CASE i.kind WHEN 'credit_note' THEN 0 ELSE l.base_net_amount END AS standing,
        0 AS purchases
    FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
    WHERE i.status = 'issued' AND l.base_net_amount <> 0
    UNION ALL
    SELECT i.client_id, i.seller_id, l.service_line_id, i.issued_on, 0, -l.base_net_amount, 0
    FROM billing_invoiceline l
    JOIN billing_invoice note ON note.id = l.invoice_id
    JOIN billing_invoice i ON i.id = note.corrects_id
    WHERE note.status = 'issued' AND note.kind = 'credit_note' AND l.base_net_amount <> 0
    UNION ALL
    SELECT i.client_id, i.seller_id, paid.service_line_id, i.issued_on, 0, 0, 1
    FROM billing_invoice i
    CROSS JOIN LATERAL (
        SELECT service_line_id FROM billing_invoiceline
        WHERE invoice_id = i.id AND base_net_amount <> 0 ORDER BY position LIMIT 1
    ) paid
    LEFT JOIN LATERAL (
        SELECT sum(gross_amount) AS gross FROM billing_invoice WHERE corrects_id = i.id AND status = 'issued'
    ) credited ON true
    WHERE i.status = 'issued' AND i.kind = 'invoice' AND i.net_amount > 0
      AND i.gross_amount > coalesce(credited.gross, 0)
) parts
GROUP BY 1, 2, 3, 4
"""

REBUILD = f"""
INSERT INTO billing_revenueday
    (client_id, seller_id, service_line_id, issued_on, net_amount, standing_amount, invoice_count, missing_rate_count)
SELECT revenue.*, 0 FROM ({REVENUE}) revenue
"""  # noqa: S608

BOOK = """
INSERT INTO billing_revenueday
    (client_id, seller_id, service_line_id, issued_on, net_amount, standing_amount, invoice_count, missing_rate_count)
VALUES (%s, %s, %s, %s, %s, %s, %s, 0)
ON CONFLICT (client_id, seller_id, service_line_id, issued_on) DO UPDATE
SET net_amount = billing_revenueday.net_amount + EXCLUDED.net_amount,
    standing_amount = billing_revenueday.standing_amount + EXCLUDED.standing_amount,
    invoice_count = billing_revenueday.invoice_count + EXCLUDED.invoice_count
"""


class Day(NamedTuple):
    """The key of a row of the rollup."""

    client_id: int
    seller_id: int
    service_line_id: int | None
    issued_on: date


def split_base(nets: list[Decimal], *, total: Decimal, rate: Decimal, currency: str) -> list[Decimal]:
    """The document's base amount on its lines, summing to it exactly; lines that cancel out are taken one by one."""
    if sum(nets) != 0:
        return allocate(total, nets, currency=currency)
    parts = [convert(net, rate=rate, currency=currency) for net in nets]
    if parts:
        parts[-1] += total - sum(parts)
    return parts


def book_revenue(document: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Adds a document that is being issued; a credit note takes back what stood of its invoice, on that one's day.

    One that leaves nothing of it takes back the purchase as well.

    Rows are written in the order of their keys, so that two documents of a client never wait for each other.
    """
    sums, counted = _of_lines(document, document, lines), _purchases(document, lines)
    standing = _of_lines(document.corrects or document, document, lines)
    for day in sorted(sums.keys() | standing.keys() | counted.keys(), key=_order):
        with connection.cursor() as cursor:
            cursor.execute(BOOK, (*day, sums.get(day, ZERO), standing.get(day, ZERO), counted[day]))


@transaction.atomic
def rebuild_revenue() -> int:
    """Writes the rollup anew from the books; says how many rows it has."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_revenueday IN EXCLUSIVE MODE")
        cursor.execute("DELETE FROM billing_revenueday")
        cursor.execute(REBUILD)
        return int(cursor.rowcount)


def _of_lines(dated: Invoice, document: Invoice, lines: Iterable[InvoiceLine]) -> dict[Day, Decimal]:
    """The lines of a document, counted on the day of this or another one."""
    sign = -1 if document.kind == Invoice.Kind.CREDIT_NOTE else 1
    sums: dict[Day, Decimal] = {}
    for line in lines:
        if line.base_net_amount:
            day = _day(dated, line)
            sums[day] = sums.get(day, ZERO) + sign * line.base_net_amount
    return sums


def _purchases(document: Invoice, lines: Iterable[InvoiceLine]) -> Counter[Day]:
    if document.kind == Invoice.Kind.INVOICE:
        paid = [line for line in lines if line.base_net_amount] if document.net_amount > 0 else []
        return Counter([_day(document, paid[0])] if paid else [])
    settled = Invoice.objects.with_balance().filter(
        corrections=document, net_amount__gt=0, gross_amount__lte=F("credited_amount") + document.gross_amount
    )
    return Counter(dict.fromkeys(_purchase_days(settled), -1))


def _purchase_days(invoices: InvoiceQuery) -> list[Day]:
    paid = InvoiceLine.objects.filter(invoice__in=invoices.values("pk")).exclude(base_net_amount=0)
    firsts = paid.order_by("invoice_id", "position").distinct("invoice_id")
    return [Day(*row) for row in firsts.values_list(*KEYS)]


def _day(document: Invoice, line: InvoiceLine) -> Day:
    return Day(document.client_id, document.seller_id, line.service_line_id, document.issued_on or date.max)


def _order(day: Day) -> tuple[int, int, int, date]:
    return day.client_id, day.seller_id, day.service_line_id or 0, day.issued_on
