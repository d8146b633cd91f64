"""Invoices of the demo: every sale and every month's uncovered work, numbered in order of issue, most of them paid."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

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
from billing.rules.vat import Line, RateKind, Tax, Totals, statutory_percent, total_document
from crm.access import Role
from crm.demo.books import Sale, Work
from crm.demo.work import Books
from crm.demo.world import Made, World
from crm.money import quantise
from crm.periods import add_months, month_end


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


@dataclass(slots=True)
class Document:
    made: Made
    on: date
    supply_from: date
    supply_to: date
    items: list[Item]


def make_invoices(world: World, books: Books) -> None:
    """Numbers each seller's documents in order of issue; what is newer than today stays WIP, a few stay drafts."""
    counters: Counter[tuple[int, int]] = Counter()
    last: dict[tuple[int, int], date] = {}
    series = {
        seller.country: Series.objects.get(seller=seller, kind=Series.Kind.INVOICE) for seller in world.sellers.values()
    }
    documents = sorted(_documents(world, books), key=lambda each: (each.on, each.made.id))
    for place, document in enumerate(documents):
        if document.on > world.today:
            continue
        fresh = (world.today - document.on).days < 20
        if fresh and place % 7 == 0:
            _write(world, document, None, "", 0)
            continue
        chosen = series[document.made.country]
        key = (chosen.pk, document.on.year)
        counters[key] += 1
        last[key] = document.on
        sequence = counters[key] + chosen.first_number - 1
        number = chosen.pattern.format(year=document.on.year, number=sequence)
        _write(world, document, chosen, number, sequence)
    for (pk, year), count in counters.items():
        world.table(SeriesYear).add(series_id=pk, year=year, last_number=count, last_issued_on=last[pk, year])


def _documents(world: World, books: Books) -> Iterator[Document]:
    for sale in books.sales:
        item = Item(sale.kind, sale.text, Decimal(1), "C62", sale.amount, sale.amount, sale=sale)
        yield Document(sale.client, sale.on, sale.on, sale.on, [item])
    for work in books.work.values():
        on = add_months(work.month, 1) + timedelta(days=1 + work.client.id % 5)
        yield Document(work.client, on, work.month, month_end(work.month), list(_items(world, work)))


def _items(world: World, work: Work) -> Iterator[Item]:
    names = {line.pk: line.name_in(work.client.country.lower()) for line in world.lines.values()}
    for line, parts in work.parts.items():
        minutes, price = sum(part[2] for part in parts), parts[0][3]
        hours = (Decimal(minutes) / 60).quantize(Decimal("0.0001"))
        amount = quantise(price * minutes / 60)
        yield Item("time", names[line], hours, "HUR", price, amount, line, [part[0] for part in parts])


def _write(world: World, document: Document, series: Series | None, number: str, sequence: int) -> None:
    made, seller = document.made, world.sellers[document.made.country]
    percent = statutory_percent(made.country, RateKind.STANDARD, supplied_on=document.supply_to) or Decimal(0)
    lines = [Line(item.amount, Tax("S", percent), agreed_percent=percent) for item in document.items]
    totals = total_document(lines, basis="gross", currency=seller.currency, per_line=made.country == "RU")
    issued = series is not None
    due = document.on + timedelta(days=14 if made.country == "DE" else 10)
    gross = totals.net_amount + totals.vat_amount
    rate = _rate_on(world, seller.currency, document.on)
    invoice = world.table(Invoice).add(
        status="issued" if issued else "draft",
        client_id=made.id,
        seller_id=seller.pk,
        series_id=series.pk if series else None,
        number=number,
        sequence=sequence or None,
        issued_on=document.on if issued else None,
        due_on=due if issued else None,
        supply_from=document.supply_from,
        supply_to=document.supply_to,
        currency=seller.currency,
        price_includes_tax=True,
        language=made.country.lower(),
        net_amount=totals.net_amount,
        vat_amount=totals.vat_amount,
        gross_amount=gross,
        base_rate=rate if issued else None,
        base_net_amount=quantise(totals.net_amount * rate) if issued else None,
        seller_frozen={"name": seller.name} if issued else {},
        buyer_frozen={"name": made.name} if issued else {},
        content_sha256=hashlib.sha256(f"{seller.code}{number}".encode()).hexdigest() if issued else "",
        drafted_on=document.on,
        created_at=datetime.combine(document.on, time(9), tzinfo=world.now.tzinfo),
    )
    _write_lines(world, invoice, document, totals, issued=issued)
    if issued:
        _pay(world, invoice, document, gross, due)


def _write_lines(world: World, invoice: int, document: Document, totals: Totals, *, issued: bool) -> None:
    for position, (item, total) in enumerate(zip(document.items, totals.lines, strict=True), 1):
        line = world.table(InvoiceLine).add(
            invoice_id=invoice,
            position=position,
            kind=item.kind,
            service_line_id=item.service_line,
            description=item.text,
            quantity=item.quantity,
            unit=item.unit,
            unit_price=item.price,
            amount=item.amount,
            net_amount=total.net_amount,
            vat_rate=total.percent,
            vat_category=total.category,
        )
        for coverage in item.coverages:
            world.table(BilledCoverage).add(line_id=line, coverage_id=coverage)
        _mark_billed(world, item, line, issued=issued)
    for group in totals.groups:
        world.table(InvoiceVat).add(
            invoice_id=invoice,
            rate=group.percent,
            category=group.category,
            net_amount=group.net_amount,
            vat_amount=group.vat_amount,
        )


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


def _pay(world: World, invoice: int, document: Document, gross: Decimal, due: date) -> None:
    """Most pay around their habit; some pay a part; the newest and the worst have not paid yet."""
    made = document.made
    paid_on = due + timedelta(days=made.payer_days - 10 + world.random.randint(-6, 9))
    if paid_on > world.today or gross <= 0 or (made.payer_days > 30 and world.chance(0.12)):
        return
    amount = gross if not world.chance(0.02) else quantise(gross / 2)
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
