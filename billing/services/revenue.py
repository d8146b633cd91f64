"""Revenue by day, kept in the transaction that issues a document, and rebuilt from the lines by one function.

What revenue is stands once, in `InvoiceLine.objects.revenue()`; the rollup is its sum by client, seller and service.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Sum

from billing.models import Invoice, InvoiceLine, RevenueDay
from billing.models.invoices import InvoiceQuery
from billing.models.lines import LineQuery
from crm.money import allocate, convert

ZERO = Decimal("0.00")
KEYS = ("invoice__client", "invoice__seller", "service_line", "invoice__issued_on")

BOOK = """
INSERT INTO billing_revenueday
    (client_id, seller_id, service_line_id, issued_on, net_amount, invoice_count, missing_rate_count)
VALUES (%s, %s, %s, %s, %s, %s, 0)
ON CONFLICT (client_id, seller_id, service_line_id, issued_on) DO UPDATE
SET net_amount = billing_revenueday.net_amount + EXCLUDED.net_amount,
    invoice_count = billing_revenueday.invoice_count + EXCLUDED.invoice_count
"""


class Day(NamedTuple):
    """The key of a row of the rollup."""

    client_id: int
    seller_id: int
    service_line_id: int | None
    issued_on: date


class Booked(NamedTuple):
    net_amount: Decimal
    invoice_count: int


def split_base(nets: list[Decimal], *, total: Decimal, rate: Decimal, currency: str) -> list[Decimal]:
    """The document's base amount on its lines, summing to it exactly; lines that cancel out are taken one by one."""
    if sum(nets) != 0:
        return allocate(total, nets, currency=currency)
    parts = [convert(net, rate=rate, currency=currency) for net in nets]
    if parts:
        parts[-1] += total - sum(parts)
    return parts


def book_revenue(document: Invoice, lines: Iterable[InvoiceLine]) -> None:
    """Adds a document that is being issued; a credit note that leaves nothing of its invoice takes back the purchase.

    Rows are written in the order of their keys, so that two documents of a client never wait for each other.
    """
    sums, counted = _of_lines(document, lines), _purchases(document, lines)
    for day in sorted(sums.keys() | counted.keys(), key=_order):
        with connection.cursor() as cursor:
            cursor.execute(BOOK, (*day, sums.get(day, ZERO), counted[day]))


@transaction.atomic
def rebuild_revenue() -> int:
    """Writes the rollup anew from the books; says how many rows it has."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE billing_revenueday IN EXCLUSIVE MODE")
    rows = [RevenueDay(**day._asdict(), **booked._asdict()) for day, booked in expected_revenue().items()]
    RevenueDay.objects.all().delete()
    RevenueDay.objects.bulk_create(rows, batch_size=5000)
    return len(rows)


def expected_revenue() -> dict[Day, Booked]:
    """What the rollup must hold, from the books."""
    sums, counted = _revenue(InvoiceLine.objects.all()), _counted(Invoice.objects.all())
    days = sorted(sums.keys() | counted.keys(), key=_order)
    return {day: Booked(sums.get(day, ZERO), counted[day]) for day in days}


def _revenue(lines: LineQuery) -> dict[Day, Decimal]:
    rows = lines.revenue().exclude(base_net_amount=0).order_by().values_list(*KEYS).annotate(total=Sum("revenue"))
    return {Day(*row[:4]): row[4] for row in rows}


def _counted(invoices: InvoiceQuery) -> Counter[Day]:
    """Purchases: invoices with an amount, not credited in full, by the service of their first paid line."""
    live = invoices.issued().invoices().with_balance().filter(net_amount__gt=0, gross_amount__gt=F("credited_amount"))
    return Counter(Day(*row) for row in _first_paid_lines(live).values_list(*KEYS))


def _first_paid_lines(invoices: InvoiceQuery) -> LineQuery:
    paid = InvoiceLine.objects.filter(invoice__in=invoices.values("pk")).exclude(base_net_amount=0)
    return paid.order_by("invoice_id", "position").distinct("invoice_id")


def _of_lines(document: Invoice, lines: Iterable[InvoiceLine]) -> dict[Day, Decimal]:
    sign = -1 if document.kind == Invoice.Kind.CREDIT_NOTE else 1
    sums: dict[Day, Decimal] = {}
    for line in lines:
        if line.base_net_amount:
            day = _day(document, line)
            sums[day] = sums.get(day, ZERO) + sign * line.base_net_amount
    return sums


def _purchases(document: Invoice, lines: Iterable[InvoiceLine]) -> Counter[Day]:
    if document.kind == Invoice.Kind.INVOICE:
        paid = [line for line in lines if line.base_net_amount] if document.net_amount > 0 else []
        return Counter([_day(document, paid[0])] if paid else [])
    settled = Invoice.objects.with_balance().filter(
        corrections=document, net_amount__gt=0, gross_amount__lte=F("credited_amount") + document.gross_amount
    )
    return Counter({Day(*row): -1 for row in _first_paid_lines(settled).values_list(*KEYS)})


def _day(document: Invoice, line: InvoiceLine) -> Day:
    return Day(document.client_id, document.seller_id, line.service_line_id, document.issued_on or date.max)


def _order(day: Day) -> tuple[int, int, int, date]:
    return day.client_id, day.seller_id, day.service_line_id or 0, day.issued_on
