"""Drawn hours of multi-purpose packages on invoices: with their VAT, and paid by what the hours were sold for.

Their sale bore no VAT, which falls due with the use (UStG § 3(15)). Each use is worth a share of what issued invoices
asked for the hours and no use has taken yet; that share is set off, so that nothing is left to pay.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel.dates import format_date
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from billing.models import Coverage, HourPackage, Invoice, InvoiceLine, LedgerRow, TimeEntry
from billing.rules.document_words import words_in
from billing.rules.redemption import redeemed_values, take_in_order
from billing.rules.vat import Tax
from billing.services.credits import left_on_lines
from billing.services.drafts import LineDraft
from billing.services.line_sources import PlannedLine
from billing.services.wip import Wip, WipKey
from billing.services.worked_lines import redeemed_line

Redeemed = Mapping[WipKey, Sequence[PlannedLine]]


@dataclass(frozen=True, slots=True)
class Paid:
    """What issued invoices asked for a package's hours and is not used: each sale with its rest, and the minutes."""

    sales: Sequence[tuple[InvoiceLine, Decimal]]
    minutes: int

    @property
    def amount(self) -> Decimal:
        return sum((left for _sale, left in self.sales), Decimal("0.00"))


def redeemed_lines(wip: Wip) -> dict[WipKey, list[PlannedLine]]:
    """The hours of each package, by rate of VAT, and what sets them off; hours wait whose sale is not issued."""
    by_package: dict[HourPackage, list[Coverage]] = defaultdict(list)
    for row in wip.redeemed:
        if row.account is not None:
            by_package[row.account.package].append(row)
    found: dict[WipKey, list[PlannedLine]] = defaultdict(list)
    for package, rows in by_package.items():
        key = WipKey(package.seller, package.currency, price_includes_tax=True)
        found[key] += _lines(rows, _paid(package), wip, key)
    return {key: lines for key, lines in found.items() if lines}


def not_redeemed(wip: Wip, redeemed: Redeemed) -> Iterable[TimeEntry]:
    """Entries with drawn hours that wait until the invoice of their sale is issued."""
    done = {pk for lines in redeemed.values() for line in lines for pk in line.coverages}
    return dict.fromkeys(wip.entries[row.entry_id] for row in wip.redeemed if row.pk not in done)


def _paid(package: HourPackage) -> Paid:
    issued = InvoiceLine.objects.sale_of(package).standing().filter(invoice__status=Invoice.Status.ISSUED)
    sales = [(line, left_on_lines(line.invoice)[line].amount) for line in issued.select_related("invoice", "purchase")]
    rows = LedgerRow.objects.filter(account=package.account_id)
    bought = rows.filter(kind=LedgerRow.Kind.PURCHASE)
    sold = {line.purchase or bought.earliest("pk") for line, _left in sales}
    given_back = rows.filter(kind__in=[LedgerRow.Kind.REFUND, LedgerRow.Kind.ADJUSTMENT])
    used = Coverage.objects.filter(account=package.account_id, is_billed=True)
    minutes = sum(row.minutes for row in sold) + _total(given_back.values_list("minutes"))
    return Paid(sales[::-1], minutes - _total(used.values_list("drawn_minutes")))


def _total(rows: Iterable[tuple[int]]) -> int:
    return sum(minutes for (minutes,) in rows)


def _lines(rows: Iterable[Coverage], paid: Paid, wip: Wip, key: WipKey) -> list[PlannedLine]:
    """Nothing while no sale is issued; hours for which nothing is left to pay, as after a gift, stand at 0.00."""
    if not paid.sales:
        return []
    by_tax = _by_tax(rows, paid.minutes, wip, key)
    minutes = [sum(row.drawn_minutes for row in own) for own in by_tax.values()]
    values: tuple[Decimal, ...] = tuple(Decimal("0.00") for _own in minutes)
    if paid.amount > 0:
        values = redeemed_values(minutes, left_minutes=paid.minutes, left_amount=paid.amount, currency=key.currency)
    used = [
        PlannedLine(redeemed_line(own, wip, key, amount=value), coverages=tuple(row.pk for row in own))
        for own, value in zip(by_tax.values(), values, strict=True)
    ]
    return [*used, *_set_off(sum(values, Decimal(0)), paid, wip.client.language)]


def _by_tax(rows: Iterable[Coverage], minutes: int, wip: Wip, key: WipKey) -> dict[Tax, list[Coverage]]:
    """In worked order, as far as the minutes that were sold reach."""
    taxes = wip.prices.taxes_of(key.seller)
    found: dict[Tax, list[Coverage]] = defaultdict(list)
    for row in rows:
        minutes -= row.drawn_minutes
        if minutes < 0:
            break
        found[taxes.tax(wip.entries[row.entry_id].worked_on)].append(row)
    return found


def _set_off(amount: Decimal, paid: Paid, language: str) -> list[PlannedLine]:
    """Negative lines at the sale's own tax, what was sold first used first."""
    parts = take_in_order(amount, [left for _sale, left in paid.sales])
    return [
        PlannedLine(_set_off_line(sale, part, language), then=_require_left)
        for (sale, _left), part in zip(paid.sales, parts, strict=True)
        if part
    ]


def _set_off_line(sale: InvoiceLine, part: Decimal, language: str) -> LineDraft:
    invoice = sale.invoice
    day = format_date(invoice.issued_on, "medium", locale=language) if invoice.issued_on else ""
    return LineDraft(
        kind=InvoiceLine.Kind.SET_OFF,
        description=words_in(language)["redeemed"].format(number=invoice.number, day=day),
        tax=Tax(sale.vat_category, sale.vat_rate),
        unit_price=-part,
        amount=-part,
        service_line_id=sale.service_line_id,
        sets_off=sale,
    )


def _require_left(line: InvoiceLine) -> None:
    """ValidationError `changed` if a credit note took back meanwhile what the hours were sold for."""
    sale = line.sets_off
    if sale is None:
        return
    Invoice.objects.locked().get(pk=sale.invoice_id)
    if left_on_lines(sale.invoice)[sale].amount < 0:
        raise ValidationError(_("Some of this work is being changed: look again and draft it anew."), code="changed")
