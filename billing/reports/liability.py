"""Contract liability: prepaid hours that are still owed, by package, at the price they were sold for, without VAT.

opening + sold - drawn - expired - refunded = closing, to the cent (billing.rules.contract_liability). Accrued figures
stand apart from revenue and are never mixed with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import HourPackage, LedgerRow
from billing.models.packages import PackageQuery
from billing.rules.contract_liability import Flow, Liability, Movement, Sale, Use, contract_liability
from billing.services.taxes import AgreedNets

Kind = LedgerRow.Kind
ZERO = Decimal(0)
SOLD = (Kind.PURCHASE, Kind.GRANT)
USES = {Kind.DRAW: Use.DRAWN, Kind.EXPIRY: Use.EXPIRED, Kind.REFUND: Use.REFUNDED}


@dataclass(frozen=True, slots=True)
class PackageLiability:
    package: HourPackage
    amounts: Flow[Decimal]
    minutes: Flow[int]


@dataclass(frozen=True, slots=True)
class Liabilities:
    """What was owed in hours over a period; `totals` are by currency, because nothing is converted."""

    first: date
    last: date
    rows: Sequence[PackageLiability]
    totals: dict[str, Flow[Decimal]]
    minutes: Flow[int]


def liabilities(packages: PackageQuery, *, first: date, last: date) -> Liabilities:
    """The liability of these packages from `first` to `last`, both inclusive; three queries and one per seller."""
    known = list(packages.select_related("client", "seller").order_by("client__name", "pk"))
    sales, moves = _sales(known, last), _moves(known, first, last)
    rows = []
    for package in known:
        found: Liability = contract_liability(
            sales[package.account_id], moves[package.account_id], first=first, last=last, currency=package.currency
        )
        if any(found.minutes) or any(found.amounts):
            rows.append(PackageLiability(package, found.amounts, found.minutes))
    return Liabilities(first, last, rows, _totals(rows), _sum([row.minutes for row in rows], 0))


def _sales(packages: Sequence[HourPackage], last: date) -> dict[int, list[Sale]]:
    by_account = {package.account_id: package for package in packages}
    rows = LedgerRow.objects.filter(account__in=by_account, kind__in=SOLD, occurred_on__lte=last)
    nets, sales = AgreedNets(), defaultdict(list)
    for account, on, minutes, price in rows.values_list("account", "occurred_on", "minutes", "price"):
        package = by_account[account]
        # Multi-purpose hours bore no VAT when they were sold: all that was paid is owed.
        net = (price or ZERO) if package.multi_purpose else nets.of_price(price or ZERO, package, on=on)
        sales[account].append(Sale(on, minutes, net))
    return sales


def _moves(packages: Sequence[HourPackage], first: date, last: date) -> dict[int, list[Movement]]:
    """What was used before the period and in it, a reversal counted with what it takes back.

    A correction gives drawn hours back; what is taken away with a void package was never owed.
    """
    rows = (
        LedgerRow.objects.filter(account__in=[package.account_id for package in packages], occurred_on__lte=last)
        .annotate(
            what=Coalesce("reverses__kind", "kind"),
            on=Case(When(occurred_on__lt=first, then=Value(first - timedelta(days=1))), default=Value(first)),
        )
        .exclude(what__in=SOLD)
        .order_by()
        .values_list("account", "what", "on")
        .annotate(total=Sum("minutes"))
    )
    moves = defaultdict(list)
    for account, what, on, total in rows:
        use = USES.get(Kind(what)) or (Use.DRAWN if total > 0 else Use.REFUNDED)
        moves[account].append(Movement(on, -total, use))
    return moves


def _totals(rows: Sequence[PackageLiability]) -> dict[str, Flow[Decimal]]:
    by_currency: dict[str, list[Flow[Decimal]]] = defaultdict(list)
    for row in rows:
        by_currency[row.package.currency].append(row.amounts)
    return {currency: _sum(flows, Decimal("0.00")) for currency, flows in sorted(by_currency.items())}


def _sum(flows: Iterable[Flow[Any]], zero: Any) -> Flow[Any]:
    return Flow(*(sum(column, zero) for column in zip(*flows, strict=True))) if flows else Flow(*[zero] * 6)
