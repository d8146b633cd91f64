"""Hours that became revenue: drawn or expired minutes of packages, at what issued invoices left of their net price.

The sale was booked to advances with its VAT; what is drawn moves from there to revenue, without VAT. Every call tells
the difference to what earlier exports have moved, so that the account of advances ends at what is still owed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from billing.models import DatevSettings, ExportedHours, HourPackage, Invoice, InvoiceLine, LedgerRow
from billing.rules.contract_liability import Sale, value_of_use
from billing.services.act_rows import CHARGED
from billing.services.advance_receipts import account_of, sales_of
from billing.services.currencies import base_currency
from clients.models import Seller

Kind = LedgerRow.Kind
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class DrawnPart:
    """What of a package is to be moved to revenue; below zero where hours were given back since."""

    package: HourPackage
    line: InvoiceLine
    minutes: int
    amount: Decimal


def drawn_hours(seller: Seller, *, until: date) -> list[DrawnPart]:
    """By package, what was used until a day and no export has moved; only hours that bore VAT when they were sold."""
    packages = HourPackage.objects.filter(seller=seller, kind=HourPackage.Kind.PAID).select_related("client")
    by_account = {package.account_id: package for package in packages}
    lines = _sold(by_account, DatevSettings.objects.filter(seller=seller).first())
    used, moved = _used(lines, until), _moved(by_account.values())
    found = []
    for account, sold in lines.items():
        package = by_account[account]
        minutes = min(used.get(account, 0), sum(sale.minutes for _line, sale in sold))
        amount = value_of_use(minutes, [sale for _line, sale in sold], base_currency())
        before_minutes, before = moved.get(package.pk, (0, ZERO))
        if amount != before:
            found.append(DrawnPart(package, sold[0][0], minutes - before_minutes, amount - before))
    return sorted(found, key=lambda part: (part.package.client.name, part.package.pk))


def _sold(accounts: Iterable[int], settings: DatevSettings | None) -> dict[int, list[tuple[InvoiceLine, Sale]]]:
    """Sold minutes with what credit notes left of their net price; hours given back are taken off the last ones.

    Hours that were revenue with their invoice are drawn like the others, and worth nothing here.
    """
    lines = [line for line in sales_of(accounts) if line.vat_category == CHARGED]
    credited, bought = _credited(lines), _bought(accounts)
    found: dict[int, list[tuple[InvoiceLine, Sale]]] = defaultdict(list)
    refunds = _refunded(accounts)
    for line in reversed(lines):
        account = account_of(line) or 0
        purchase = line.purchase or bought[account]
        minutes = max(0, purchase.minutes - refunds.get(account, 0))
        refunds[account] = max(0, refunds.get(account, 0) - purchase.minutes)
        if minutes:
            ahead = settings is None or settings.books_ahead(line.invoice.issued_on)
            net = (line.base_net_amount or ZERO) - credited.get(line.pk, ZERO) if ahead else ZERO
            found[account].insert(0, (line, Sale(purchase.occurred_on, minutes, net)))
    return found


def _bought(accounts: Iterable[int]) -> dict[int, LedgerRow]:
    """The first purchase of each account."""
    rows = LedgerRow.objects.filter(account__in=list(accounts), kind=Kind.PURCHASE).order_by("-pk")
    return {row.account_id: row for row in rows}


def _refunded(accounts: Iterable[int]) -> dict[int, int]:
    rows = LedgerRow.objects.filter(account__in=list(accounts), kind=Kind.REFUND).order_by()
    return {account: -total for account, total in rows.values_list("account").annotate(total=Sum("minutes"))}


def _credited(lines: Sequence[InvoiceLine]) -> dict[int, Decimal]:
    rows = InvoiceLine.objects.filter(credits__in=lines, invoice__status=Invoice.Status.ISSUED).order_by()
    return dict(rows.values_list("credits").annotate(total=Sum("base_net_amount")))


def _used(accounts: Iterable[int], until: date) -> dict[int, int]:
    """Minutes drawn or expired until a day, less what was given back."""
    rows = LedgerRow.objects.filter(account__in=list(accounts), occurred_on__lte=until)
    rows = rows.annotate(what=Coalesce("reverses__kind", "kind")).order_by()
    mine = rows.filter(Q(what__in=[Kind.DRAW, Kind.EXPIRY]) | Q(kind=Kind.ADJUSTMENT, minutes__gt=0))
    return {account: -total for account, total in mine.values_list("account").annotate(total=Sum("minutes"))}


def _moved(packages: Iterable[HourPackage]) -> dict[int, tuple[int, Decimal]]:
    rows = ExportedHours.objects.filter(package__in=list(packages)).order_by()
    sums = rows.values_list("package").annotate(minutes=Sum("minutes"), amount=Sum("amount"))
    return {package: (minutes, amount) for package, minutes, amount in sums}
