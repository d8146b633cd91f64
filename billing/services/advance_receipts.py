"""Money of Russian companies that came in ahead of its service and has no VAT invoice yet, payment by payment.

What was rendered before the money came is paid by it first and is no advance. A rouble owes its VAT once: where a
payment was moved to another invoice, the VAT invoice that it had counts against it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from billing.models import AdvanceVatInvoice, Allocation, BankEntry, Invoice, InvoiceLine, Payment, ServiceAct
from billing.models.invoices import InvoiceQuery
from billing.models.service_acts import WRITTEN_IN
from billing.rules.advance_vat import ZERO, AdvanceRow, AheadPart, advance_rows, due_on, paid_ahead
from billing.services.act_rows import CHARGED, rows_of
from crm.db import MoneyField
from crm.money import quantise

Kind = InvoiceLine.Kind
AHEAD = (Kind.PACKAGE, Kind.ADVANCE)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money that a payment brought ahead on an invoice; `payment_number` is the bank's, as far as it is known."""

    payment: Payment
    invoice: Invoice
    rows: Sequence[AdvanceRow]
    payment_number: str

    @property
    def key(self) -> str:
        return f"{self.payment.pk}-{self.invoice.pk}"

    @property
    def gross(self) -> Decimal:
        return sum((row.gross for row in self.rows), ZERO)

    @property
    def vat(self) -> Decimal:
        return sum((row.vat for row in self.rows), ZERO)

    @property
    def received_on(self) -> date:
        return self.payment.received_on

    @property
    def due_on(self) -> date:
        return due_on(self.payment.received_on)

    def is_late(self, on: date) -> bool:
        return self.due_on < on


def awaiting_receipts(rows: InvoiceQuery, *, until: date) -> list[Receipt]:
    """What came in ahead by a day on these invoices and has no VAT invoice, the earliest first, in a few queries."""
    settled = _settled(rows)
    invoices = _invoices({row["invoice"] for row in settled})
    payments = Payment.objects.select_related("client").in_bulk({row["payment"] for row in settled})
    lines, rendered = _ahead_lines(invoices), _Rendered.of(invoices)
    numbers, room = payment_numbers(payments), _rooms(payments)
    by_invoice: dict[int, list[tuple[Payment, Decimal, Decimal]]] = defaultdict(list)
    for row in settled:
        by_invoice[row["invoice"]].append((payments[row["payment"]], row["total"], row["documented"]))
    found = []
    for pk, received in by_invoice.items():
        invoice = invoices[pk]
        for payment, amount in _ahead_of(invoice, lines[pk], received, rendered):
            part = min(amount, room[payment.pk])
            if part > 0 and payment.received_on <= until:
                room[payment.pk] -= part
                parts = [
                    AheadPart(line.description, line.vat_rate, line.net_amount + line.vat_amount) for line in lines[pk]
                ]
                shown = advance_rows(part, parts, currency=invoice.currency)
                found.append(Receipt(payment, invoice, shown, numbers.get(payment.pk, "")))
    return sorted(found, key=lambda row: (row.received_on, row.payment.pk, row.invoice.pk))


def _settled(rows: InvoiceQuery) -> list[dict[str, Any]]:
    """What payments settle of invoices that ask for money ahead with VAT, where less than that has VAT invoices."""
    ahead = InvoiceLine.objects.filter(kind__in=AHEAD, vat_category=CHARGED, vat_rate__gt=0, amount__gt=0, credits=None)
    asked = rows.issued().invoices().filter(seller__country=WRITTEN_IN, pk__in=ahead.values("invoice"))
    since = F("invoice__seller__advance_vat_since_on")
    documents = AdvanceVatInvoice.objects.standing().filter(payment=OuterRef("payment"), invoice=OuterRef("invoice"))
    sums = documents.order_by().values("invoice").annotate(total=Sum("gross_amount")).values("total")
    found = (
        Allocation.objects.filter(invoice__in=asked.order_by())
        .filter(Q(invoice__seller__advance_vat_since_on=None) | Q(payment__received_on__gte=since))
        .order_by()
        .values("payment", "invoice")
        .annotate(total=Sum("amount"))
        .annotate(documented=Coalesce(Subquery(sums), Value(ZERO), output_field=MoneyField()))
    )
    # Every payment of an invoice with something open: what came in before decides what is paid ahead.
    open_ones = {row["invoice"] for row in found if row["total"] > row["documented"]}
    return [dict(row) for row in found if row["invoice"] in open_ones and row["total"] > 0]


def _invoices(ids: Iterable[int]) -> dict[int, Any]:
    priced = InvoiceLine.objects.filter(invoice=OuterRef("pk"), amount__gt=0).order_by().values("invoice")
    services = Subquery(priced.annotate(total=Sum(F("net_amount") + F("vat_amount"))).values("total"))
    return Invoice.objects.select_related("client", "seller").annotate(services_amount=services).in_bulk(list(ids))


def _ahead_lines(ids: Iterable[int]) -> dict[int, list[InvoiceLine]]:
    rows = InvoiceLine.objects.filter(invoice__in=ids, kind__in=AHEAD, vat_category=CHARGED, amount__gt=0)
    found: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in rows.filter(credits=None).select_related("package", "purchase").order_by("position"):
        found[line.invoice_id].append(line)
    return found


def _ahead_of(
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
    received: Iterable[tuple[Payment, Decimal, Decimal]],
    rendered: "_Rendered",
) -> Iterable[tuple[Payment, Decimal]]:
    """Of each payment, in the order of their days, what is money ahead and has no VAT invoice."""
    share = _share_ahead(invoice, lines)
    earlier = ZERO
    for payment, total, documented in sorted(received, key=lambda row: (row[0].received_on, row[0].pk)):
        part = quantise(Fraction(total) * share, invoice.currency)
        done = sum((rendered.until(line, on=payment.received_on) for line in lines), ZERO)
        yield payment, paid_ahead(part, earlier=earlier, rendered=done) - documented
        earlier += part


def _share_ahead(invoice: Any, lines: Sequence[InvoiceLine]) -> Fraction:
    """How much of what settles an invoice is for its lines ahead; a discount beside them lowers all lines alike."""
    services = invoice.services_amount
    ahead = sum((line.net_amount + line.vat_amount for line in lines), ZERO)
    return Fraction(ahead) / Fraction(services) if services else Fraction(1)


def _rooms(payments: Iterable[int]) -> dict[int, Decimal]:
    """What of each payment no standing VAT invoice names."""
    used = AdvanceVatInvoice.objects.standing().filter(payment__in=payments).order_by().values("payment")
    sums = dict(used.annotate(total=Sum("gross_amount")).values_list("payment", "total"))
    amounts = Payment.objects.filter(pk__in=payments).values_list("pk", "amount")
    return {pk: amount - sums.get(pk, ZERO) for pk, amount in amounts}


def payment_numbers(payments: dict[int, Payment]) -> dict[int, str]:
    """The number of the payment order, where the bank's file named it (1CClientBankExchange: day/number/accounts)."""
    rows = BankEntry.objects.filter(payment__in=payments).values_list("payment", "bank_reference")
    parts = {pk: said.split("/") for pk, said in rows}
    return {pk: said[1][:40] for pk, said in parts.items() if len(said) == 4}


@dataclass(frozen=True, slots=True)
class _Rendered:
    """What acts have confirmed of lines that were paid ahead, by day."""

    acts: dict[int, list[tuple[date, Decimal]]]  # by account of the hours
    before: dict[int, Decimal]  # by line, the price of hours that the same package sold earlier
    set_off: dict[int, list[tuple[date, Decimal]]]  # by line of an advance

    @classmethod
    def of(cls, ids: Iterable[int]) -> "_Rendered":
        accounts = {account_of(line) for lines in _ahead_lines(ids).values() for line in lines} - {None}
        acts: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
        for act in ServiceAct.objects.standing().filter(package__account__in=accounts).select_related("package"):
            assert act.package is not None  # noqa: S101  # filtered by it
            acts[act.package.account_id].append((act.acted_on, sum((row.gross for row in rows_of(act)), ZERO)))
        return cls(acts, _sold_before(accounts), _set_offs(ids))

    def until(self, line: InvoiceLine, *, on: date) -> Decimal:
        price: Decimal = line.net_amount + line.vat_amount
        if line.kind == Kind.ADVANCE:
            return sum((amount for day, amount in self.set_off[line.pk] if day <= on), ZERO)
        account = account_of(line)
        confirmed = sum((amount for day, amount in self.acts[account or 0] if day <= on), ZERO)
        left: Decimal = confirmed - self.before.get(line.pk, ZERO)
        found: Decimal = min(price, max(ZERO, left))
        return found


def account_of(line: InvoiceLine) -> int | None:
    """The account whose hours the line sells."""
    package = getattr(line, "package", None)
    if package is not None:
        return int(package.account_id)
    return line.purchase.account_id if line.purchase else None


def sales_of(accounts: Iterable[int | None]) -> list[InvoiceLine]:
    """The issued lines that sold the hours of these accounts, in their order."""
    ids = [account for account in accounts if account]
    mine = Q(package__account__in=ids) | Q(purchase__account__in=ids)
    rows = InvoiceLine.objects.standing().filter(mine, kind=Kind.PACKAGE, invoice__status=Invoice.Status.ISSUED)
    return list(rows.select_related("invoice", "package", "purchase").order_by("pk"))


def _sold_before(accounts: Iterable[int | None]) -> dict[int, Decimal]:
    sums: dict[int | None, Decimal] = defaultdict(Decimal)
    before = {}
    for line in sales_of(accounts):
        account = account_of(line)
        before[line.pk] = sums[account]
        sums[account] += line.net_amount + line.vat_amount
    return before


def _set_offs(ids: Iterable[int]) -> dict[int, list[tuple[date, Decimal]]]:
    """What final invoices set off of each advance, on the day of the act of the final invoice."""
    rows = InvoiceLine.objects.standing().filter(sets_off__invoice__in=ids, invoice__status=Invoice.Status.ISSUED)
    acts = ServiceAct.objects.standing().filter(package=None, invoice__in=rows.values("invoice"))
    days = dict(acts.values_list("invoice", "acted_on"))
    found: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
    for line in rows:
        if line.sets_off_id and line.invoice_id in days:
            found[line.sets_off_id].append((days[line.invoice_id], -(line.net_amount + line.vat_amount)))
    return found
