"""Invoices of the demo: every sale and every month's uncovered work, numbered in order of issue, most of them paid."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from billing.models import (
    Allocation,
    BilledCoverage,
    Coverage,
    HourPackage,
    Invoice,
    InvoiceLine,
    InvoiceVat,
    Payment,
    RetainerPeriod,
    Series,
    SeriesYear,
    TimeEntry,
)
from billing.rules.lines import hours_of
from billing.rules.vat import Line, LineTotal, RateKind, Tax, Totals, statutory_percent, total_document
from billing.services.frozen import canonical_content, freeze_seller, sha256_of
from billing.services.revenue import split_base
from crm.access import Role
from crm.demo.books import Sale, Work
from crm.demo.clients import discount_terms
from crm.demo.entries import Books
from crm.demo.fates import LONG_TERM, NEWEST, Ended, Fate, choose_drafts, choose_fates
from crm.demo.world import Made, World
from crm.money import quantise
from crm.periods import add_months, month_end

LATE_DAYS = 12
OPEN_CHANCES = ((0, 0.9), (30, 0.35), (60, 0.12), (90, 0.08), (180, 0.02))
"""How likely an invoice is still open up to so many days after it fell due; older ones are all settled."""


@dataclass(slots=True)
class Item:
    """One line to be; `coverages` are the pieces of work that it bills."""

    kind: str
    text: str
    quantity: Decimal
    unit: str
    price: Decimal
    amount: Decimal
    service_line: int | None = None
    coverages: list[int] = field(default_factory=list)
    sale: Sale | None = None
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Document:
    made: Made
    on: date
    supply_from: date
    supply_to: date
    items: list[Item]

    @property
    def is_work(self) -> bool:
        return all(item.sale is None for item in self.items)


def make_invoices(world: World, books: Books) -> Ended:
    """Numbers each seller's documents in order of issue; what is newer than today stays WIP, a few stay drafts.

    Gives what is to be credited and written off, which their services do once the rows are written.
    """
    ended: Ended = {}
    counters: Counter[tuple[int, int]] = Counter()
    last: dict[tuple[int, int], date] = {}
    series = {
        seller.country: Series.objects.get(seller=seller, kind=Series.Kind.INVOICE) for seller in world.sellers.values()
    }
    rows = sorted(_documents(world, books), key=lambda each: (each.on, each.made.id))
    documents = [document for document in rows if document.on <= world.today]
    drafts = choose_drafts(world, documents)
    fates = choose_fates(world, documents, drafts)
    for place, document in enumerate(documents):
        if place in drafts:
            _write(world, document, None, "", 0)
            continue
        chosen = series[document.made.country]
        key = (chosen.pk, document.on.year)
        counters[key] += 1
        last[key] = document.on
        sequence = counters[key] + chosen.first_number - 1
        number = chosen.pattern.format(year=document.on.year, number=sequence)
        fate = fates.get(place)
        invoice = _write(world, document, chosen, number, sequence, fate)
        if fate in (Fate.CREDITED, Fate.WRITTEN_OFF):
            ended.setdefault(fate, []).append(invoice)
    for (pk, year), number_of in counters.items():
        world.table(SeriesYear).add(series_id=pk, year=year, last_number=number_of, last_issued_on=last[pk, year])
    return ended


def _documents(world: World, books: Books) -> Iterator[Document]:
    for sale in books.sales:
        item = Item(sale.kind, sale.text, Decimal("1.0000"), "C62", sale.amount, sale.amount, sale=sale)
        yield Document(sale.client, sale.on, sale.on, sale.on, [item])
    for work in books.work.values():
        items = list(_items(world, work))
        yield Document(work.client, _issue_day(world, work), work.month, month_end(work.month), items)


def _issue_day(world: World, work: Work) -> date:
    """In the first days of the next month; some of the last run were late, so that a part is not due on any day."""
    usual = add_months(work.month, 1) + timedelta(days=1 + work.client.id % 5)
    is_last_run = usual <= world.today < add_months(usual, 1)
    if is_last_run and work.client.id % 3 == 0:
        return max(usual, world.today - timedelta(days=work.client.id % LATE_DAYS))
    return usual


def _items(world: World, work: Work) -> Iterator[Item]:
    names = {line.pk: line.name_in(work.client.country.lower()) for line in world.lines.values()}
    for line, parts in work.parts.items():
        minutes, price = sum(part[2] for part in parts), parts[0][3]
        amount = quantise(price * minutes / 60)
        details = {"entries": [_detail(world, entry, covered) for _coverage, entry, covered, _price in parts]}
        coverages = [part[0] for part in parts]
        yield Item("time", names[line], hours_of(minutes), "HUR", price, amount, line, coverages, details=details)


def _detail(world: World, entry: int, minutes: int) -> dict[str, Any]:
    entries = world.table(TimeEntry)
    who = world.names[entries.value(entry, "employee_id")]
    on = entries.value(entry, "worked_on").isoformat()
    return {"on": on, "who": who, "minutes": minutes, "text": entries.value(entry, "description")}


def _write(
    world: World, document: Document, series: Series | None, number: str, sequence: int, fate: Fate | None = None
) -> int:
    """One document with its lines and groups; an issued one is frozen, hashed and in most cases paid."""
    made, seller = document.made, world.sellers[document.made.country]
    percent = statutory_percent(made.country, RateKind.STANDARD, supplied_on=document.supply_to) or Decimal(0)
    lines = [Line(item.amount, Tax("S", percent), agreed_percent=percent) for item in document.items]
    totals = total_document(lines, basis="gross", currency=seller.currency, per_line=made.country == "RU")
    values = _values(world, document, totals)
    if series is not None:
        values |= _issued(world, document, totals, series, number, sequence)
        values["due_on"] = max(values["due_on"], world.today + LONG_TERM) if fate in NEWEST else values["due_on"]
    invoice = world.table(Invoice).add(**values)
    written = _write_lines(world, invoice, document, totals, rate=values.get("base_rate"))
    if series is not None:
        groups = [InvoiceVat(**group) for group in _groups(totals)]
        content = canonical_content(Invoice(**values), lines=[InvoiceLine(**line) for line in written], groups=groups)
        world.table(Invoice).change(invoice, content_sha256=sha256_of(content))
        _pay(world, invoice, document, totals.gross_amount, values["due_on"], fate)
    return invoice


def _values(world: World, document: Document, totals: Totals) -> dict[str, Any]:
    made, seller = document.made, world.sellers[document.made.country]
    return {
        "client_id": made.id,
        "seller_id": seller.pk,
        "supply_from": document.supply_from,
        "supply_to": document.supply_to,
        "currency": seller.currency,
        "price_includes_tax": True,
        "language": made.country.lower(),
        **discount_terms(made),
        "net_amount": totals.net_amount,
        "vat_amount": totals.vat_amount,
        "gross_amount": totals.gross_amount,
        "drafted_on": document.on,
        "created_at": datetime.combine(document.on, time(9), tzinfo=world.now.tzinfo),
    }


def _issued(
    world: World, document: Document, totals: Totals, series: Series, number: str, sequence: int
) -> dict[str, Any]:
    seller, rate = world.sellers[document.made.country], _rate_on(world, series.seller.currency, document.on)
    return {
        "status": "issued",
        "series_id": series.pk,
        "number": number,
        "sequence": sequence,
        "issued_on": document.on,
        "due_on": document.on + timedelta(days=seller.payment_terms_days),
        "base_rate": rate,
        "base_net_amount": quantise(totals.net_amount * rate),
        "seller_frozen": freeze_seller(seller, currency=seller.currency),
        "buyer_frozen": world.buyers[document.made.id],
        "issued_by_id": world.people[Role.FINANCE][0].pk,
    }


def _write_lines(
    world: World, invoice: int, document: Document, totals: Totals, *, rate: Decimal | None
) -> list[dict[str, Any]]:
    """Writes lines, groups and what stands on them; gives the lines as they were written."""
    nets = [total.net_amount for total in totals.lines]
    parts = split_base(nets, total=quantise(totals.net_amount * rate), rate=rate, currency="EUR") if rate else []
    written = []
    for place, (item, total) in enumerate(zip(document.items, totals.lines, strict=True)):
        line = _line(document, item, total, position=place + 1)
        written.append(line)
        base = parts[place] if parts else None
        pk = world.table(InvoiceLine).add(**line, invoice_id=invoice, base_net_amount=base)
        for coverage in item.coverages:
            entry, minutes = (world.table(Coverage).value(coverage, name) for name in ("entry_id", "minutes"))
            world.table(BilledCoverage).add(line_id=pk, coverage_id=coverage, entry_id=entry, minutes=minutes)
        _mark_billed(world, item, pk, issued=rate is not None)
    for group in _groups(totals):
        world.table(InvoiceVat).add(invoice_id=invoice, **group)
    return written


def _line(document: Document, item: Item, total: LineTotal, *, position: int) -> dict[str, Any]:
    return {
        "position": position,
        "kind": item.kind,
        "service_line_id": item.service_line,
        "description": item.text,
        "details": item.details,
        "quantity": item.quantity,
        "unit": item.unit,
        "unit_price": item.price.quantize(Decimal("0.0001")),
        "amount": item.amount,
        "net_amount": total.net_amount,
        "vat_amount": total.vat_amount,
        "vat_rate": total.percent.quantize(Decimal("0.01")),
        "vat_category": total.category,
        "supplied_from": document.supply_from,
        "supplied_to": document.supply_to,
        "agreed_vat_rate": total.percent,
    }


def _groups(totals: Totals) -> list[dict[str, Any]]:
    return [
        {
            "rate": group.percent.quantize(Decimal("0.01")),
            "category": group.category,
            "net_amount": group.net_amount,
            "vat_amount": group.vat_amount,
        }
        for group in sorted(totals.groups, key=lambda group: (-group.percent, group.category))
    ]


def _mark_billed(world: World, item: Item, line: int, *, issued: bool) -> None:
    """The work on a line is billed, and invoiced once the document is issued; a sale remembers its line."""
    coverages, entries = world.table(Coverage), world.table(TimeEntry)
    for coverage in item.coverages:
        coverages.change(coverage, is_billed=True)
        if issued:
            entries.change(coverages.value(coverage, "entry_id"), status="invoiced")
    if item.sale is not None:
        owner = HourPackage if item.sale.kind == "package" else RetainerPeriod
        world.table(owner).change(item.sale.row, invoice_line_id=line)


def _pay(world: World, invoice: int, document: Document, gross: Decimal, due: date, fate: Fate | None) -> None:
    """Most pay around their habit; the newest and a few late ones have not paid yet, or only a part."""
    made, late = document.made, (world.today - due).days
    paid_on = due + timedelta(days=made.payer_days - 10 + world.random.randint(-6, 9))
    still_open = world.chance(next((chance for days, chance in OPEN_CHANCES if late <= days), 0))
    in_part = still_open and world.chance(0.1)
    if fate is not None:
        still_open, in_part = fate is not Fate.PAID, fate in (Fate.IN_PART, Fate.INSTALMENTS)
        paid_on = max(document.on, min(paid_on, world.today))
    if paid_on > world.today or gross <= 0 or (still_open and not in_part):
        return
    amount = quantise(gross / 2) if in_part else gross
    payment = world.table(Payment).add(
        client_id=made.id,
        seller_id=world.sellers[made.country].pk,
        amount=amount,
        currency=world.sellers[made.country].currency,
        received_on=paid_on,
        reference=f"{document.items[0].text[:40]}",
        made_by_id=world.people[Role.FINANCE][0].pk,
    )
    at = datetime.combine(paid_on, time(10), tzinfo=world.now.tzinfo)
    finance = world.people[Role.FINANCE][0].pk
    world.table(Allocation).add(payment_id=payment, invoice_id=invoice, amount=amount, made_by_id=finance, made_at=at)


def _rate_on(world: World, currency: str, on: date) -> Decimal:
    """Units of the base currency for one unit of the document's."""
    if currency == "EUR":
        return Decimal(1)
    return (1 / world.rates[on]).quantize(Decimal("0.0000000001"))
