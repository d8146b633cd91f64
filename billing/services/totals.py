"""Net, VAT and totals of a draft, written from its lines by the rules of billing.rules.vat."""

from decimal import Decimal

from django.db import transaction

from billing.models import Invoice, InvoiceLine, InvoiceVat
from billing.rules.vat import Line, RateChange, Tax, Totals, VatGroup, reckons_per_line, total_document


@transaction.atomic
def reckon_draft(invoice: Invoice) -> Invoice:
    """Writes the draft's totals, line nets and VAT groups anew; call it after any change of its lines."""
    lines = list(invoice.lines.order_by("position"))
    totals = total_lines(invoice, lines)
    for line, total in zip(lines, totals.lines, strict=True):
        line.net_amount, line.vat_amount = total.net_amount, total.vat_amount
    InvoiceLine.objects.bulk_update(lines, ["net_amount", "vat_amount"])
    write_groups(invoice, totals.groups)
    invoice.net_amount, invoice.vat_amount = totals.net_amount, totals.vat_amount
    invoice.gross_amount = totals.gross_amount
    _set_supply(invoice, lines)
    invoice.save(update_fields=["net_amount", "vat_amount", "gross_amount", "supply_from", "supply_to"])
    return invoice


def total_lines(invoice: Invoice, lines: list[InvoiceLine]) -> Totals:
    """The document's totals, from lines that need not be saved."""
    return total_document(
        [_as_rule(line) for line in lines],
        basis="gross" if invoice.price_includes_tax else "net",
        currency=invoice.currency,
        per_line=reckons_per_line(invoice.seller.country),
    )


def write_groups(invoice: Invoice, groups: tuple[VatGroup, ...]) -> None:
    invoice.vat.all().delete()
    InvoiceVat.objects.bulk_create(
        InvoiceVat(
            invoice=invoice,
            rate=group.percent,
            category=group.category,
            net_amount=group.net_amount,
            vat_amount=group.vat_amount,
        )
        for group in groups
    )


def groups_of(invoice: Invoice) -> list[VatGroup]:
    """The groups as they were written, by falling rate."""
    rows = sorted(invoice.vat.all(), key=lambda row: (-row.rate, row.category))
    return [VatGroup(row.category, row.rate, row.net_amount, row.vat_amount) for row in rows]


def groups_left(invoice: Invoice) -> list[VatGroup]:
    """The groups less those of issued credit notes: what of the invoice a cash discount was taken from."""
    less: dict[tuple[str, Decimal], VatGroup] = {}
    notes = [row for row in invoice.corrections.all() if row.status == Invoice.Status.ISSUED]
    for group in (group for note in notes for group in groups_of(note)):
        key = group.category, group.percent
        found = less.get(key, VatGroup(*key, Decimal(0), Decimal(0)))
        less[key] = VatGroup(*key, found.net_amount + group.net_amount, found.vat_amount + group.vat_amount)
    return [_less(group, less.get((group.category, group.percent))) for group in groups_of(invoice)]


def _less(group: VatGroup, part: VatGroup | None) -> VatGroup:
    if part is None:
        return group
    net, vat = group.net_amount - part.net_amount, group.vat_amount - part.vat_amount
    return VatGroup(group.category, group.percent, net, vat)


def _as_rule(line: InvoiceLine) -> Line:
    tax = Tax(line.vat_category, line.vat_rate)
    return Line(line.amount, tax, line.agreed_vat_rate, RateChange(line.rate_change))


def _set_supply(invoice: Invoice, lines: list[InvoiceLine]) -> None:
    """The period of supply: from the first to the last day of its lines."""
    firsts = [line.supplied_from for line in lines if line.supplied_from]
    lasts = [line.supplied_to for line in lines if line.supplied_to]
    invoice.supply_from, invoice.supply_to = min(firsts, default=None), max(lasts, default=None)
