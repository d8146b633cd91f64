"""What it costs to serve, and what of standard value is realized; both from rollups and never from time entries.

Cost to serve is internal cost of all minutes, expenses, hospitality and extras; margin is revenue less it. All in the
base currency; what has no exchange rate is counted and named, never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import F, Q, Sum

from billing.models import Engagement, Invoice, InvoiceLine, RevenueDay, WorkMonth
from billing.services.currencies import base_currency
from billing.services.open_items import open_documents
from billing.services.serving_costs import Costs, Rates, expense_costs, extra_costs, hospitality_costs
from clients.models import Client, ServiceLine
from clients.models.client import holder_of
from crm.models import User
from crm.periods import DateRange

ZERO = Decimal("0.00")
PARTS = ("work", "expenses", "hospitality", "extras")


class By(StrEnum):
    CLIENT = "client"
    ENGAGEMENT = "engagement"
    SERVICE_LINE = "service_line"
    CONSULTANT = "consultant"


@dataclass(slots=True)
class Serving:
    """One client, engagement, service or person; `revenue` is None where documents do not say it."""

    key: int | None
    name: str = ""
    client: Client | None = None
    revenue: Decimal | None = ZERO
    parts: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(PARTS, ZERO))
    minutes: int = 0
    dispute_minutes: int = 0
    dispute_cost: Decimal = ZERO
    disputed_amount: Decimal = ZERO

    @property
    def cost(self) -> Decimal:
        return sum(self.parts.values(), ZERO)

    @property
    def margin(self) -> Decimal | None:
        return None if self.revenue is None else self.revenue - self.cost

    @property
    def margin_share(self) -> Decimal | None:
        if not self.revenue or self.margin is None:
            return None
        return (self.margin / self.revenue).quantize(Decimal("0.000001"))


@dataclass(frozen=True, slots=True)
class Report:
    by: By
    window: DateRange
    currency: str
    rows: list[Serving]
    missing: tuple[str, ...] = ()

    @property
    def total(self) -> Serving:
        whole = Serving(None)
        whole.revenue = sum((row.revenue or ZERO for row in self.rows), ZERO)
        for row in self.rows:
            for name, amount in row.parts.items():
                whole.parts[name] += amount
            whole.minutes += row.minutes
            whole.dispute_minutes += row.dispute_minutes
            whole.dispute_cost += row.dispute_cost
            whole.disputed_amount += row.disputed_amount
        return whole


def cost_to_serve(*, by: By, window: DateRange) -> Report:
    """Whoever may see cost sees all of it; a fixed number of queries."""
    rates = Rates(base_currency())
    rows: dict[int | None, Serving] = defaultdict(lambda: Serving(None))
    _add_work(rows, by, window)
    _add_costs(rows, "expenses", expense_costs(window, rates, key=EXPENSE_KEYS[by]))
    if by is By.CLIENT:
        _add_costs(rows, "hospitality", hospitality_costs(window))
        _add_costs(rows, "extras", extra_costs(window, rates))
        _add_disputes(rows, window.end, rates.base)
    _add_revenue(rows, by, window)
    _name(rows, by)
    ordered = sorted(rows.values(), key=lambda row: (row.margin is None, row.margin or ZERO, row.name))
    return Report(by, window, rates.base, ordered, tuple(sorted(rates.missing)))


# A merged client's figures count for the one into which it was merged.
KEYS: Mapping[By, Any] = {
    By.CLIENT: holder_of(),
    By.ENGAGEMENT: F("engagement"),
    By.SERVICE_LINE: F("service_line"),
    By.CONSULTANT: F("employee"),
}
EXPENSE_KEYS: Mapping[By, Any] = {**KEYS, By.SERVICE_LINE: F("engagement__service_line")}


def _add_work(rows: dict[int | None, Serving], by: By, window: DateRange) -> None:
    found = WorkMonth.objects.within(window).order_by().values(key=KEYS[by])
    # What a minute of dispute costs is the share of its month's cost.
    dispute = Sum(F("cost_amount") * F("dispute_minutes") / F("minutes"))
    for row in found.filter(minutes__gt=0).annotate(
        cost=Sum("cost_amount"), worked=Sum("minutes"), fought=Sum("dispute_minutes"), fought_cost=dispute
    ):
        serving = rows[row["key"]]
        serving.key = row["key"]
        serving.parts["work"] += row["cost"]
        serving.minutes += row["worked"]
        serving.dispute_minutes += row["fought"]
        serving.dispute_cost += Decimal(row["fought_cost"] or 0).quantize(Decimal("0.01"))


def _add_costs(rows: dict[int | None, Serving], part: str, costs: Costs) -> None:
    for pk, amount in costs.items():
        rows[pk].key = pk
        rows[pk].parts[part] += amount


def _add_disputes(rows: dict[int | None, Serving], on: date, currency: str) -> None:
    """The amount in dispute: what clients with dispute minutes owe on invoices whose reminders are stopped."""
    fought = [pk for pk, row in rows.items() if row.dispute_minutes]
    theirs = Q(client__in=fought) | Q(client__merged_into__in=fought)
    disputed = Invoice.objects.filter(theirs, pk__in=Invoice.objects.in_dispute().values("pk"))
    for document in open_documents(disputed, on=on, today=on):
        rows[document.client].disputed_amount += document.base_item(currency).amount


def _add_revenue(rows: dict[int | None, Serving], by: By, window: DateRange) -> None:
    """By client and service from the rollup; by engagement from the lines; a person has none of their own."""
    if by in (By.CLIENT, By.SERVICE_LINE):
        found: Iterable[Any] = (
            RevenueDay.objects.within(window)
            .order_by()
            .annotate(key=KEYS[by])
            .values_list("key")
            .annotate(Sum("net_amount"))
        )
    elif by is By.ENGAGEMENT:
        last = date.fromordinal(window.end.toordinal() - 1)
        lines = InvoiceLine.objects.revenue(first=window.start, last=last)
        found = lines.order_by().values_list("invoice__engagement").annotate(Sum("revenue"))
    else:
        for row in rows.values():
            row.revenue = None
        return
    for pk, amount in found:
        rows[pk].key = pk
        rows[pk].revenue = (rows[pk].revenue or ZERO) + (amount or ZERO)


def _name(rows: Mapping[int | None, Serving], by: By) -> None:
    keys = [pk for pk in rows if pk is not None]
    if by is By.CLIENT:
        for client in Client.objects.filter(pk__in=keys):
            rows[client.pk].name, rows[client.pk].client = client.name, client
    elif by is By.SERVICE_LINE:
        for line in ServiceLine.objects.filter(pk__in=keys):
            rows[line.pk].name = line.name
    elif by is By.CONSULTANT:
        for person in User.objects.filter(pk__in=keys):
            rows[person.pk].name = str(person)
    else:
        for engagement in Engagement.objects.filter(pk__in=keys).select_related("client"):
            rows[engagement.pk].name, rows[engagement.pk].client = engagement.name, engagement.client


@dataclass(frozen=True, slots=True)
class Realized:
    """Standard value of work and what of it is billed, in one currency and tax basis."""

    key: int | None
    name: str
    currency: str
    price_includes_tax: bool
    minutes: int
    standard: Decimal
    billed: Decimal
    goodwill: Decimal

    @property
    def share(self) -> Decimal | None:
        return (self.billed / self.standard).quantize(Decimal("0.000001")) if self.standard else None

    @property
    def write_down(self) -> Decimal:
        """What work was worth and is not billed, goodwill among it."""
        return self.standard - self.billed


def realization(*, by: By, window: DateRange) -> list[Realized]:
    """Billed over standard value of approved work, by currency and tax basis, because they are never mixed."""
    found = WorkMonth.objects.within(window).order_by().values("currency", "price_includes_tax", key=KEYS[by])
    names: dict[int | None, Serving] = defaultdict(lambda: Serving(None))
    sums = list(
        found.annotate(
            worked=Sum("minutes"),
            standard=Sum("standard_amount"),
            billed=Sum("billed_amount"),
            free=Sum("goodwill_amount"),
        )
    )
    for row in sums:
        names[row["key"]].key = row["key"]
    _name(names, by)
    rows = [
        Realized(
            row["key"],
            names[row["key"]].name,
            row["currency"],
            row["price_includes_tax"],
            row["worked"],
            row["standard"],
            row["billed"],
            row["free"],
        )
        for row in sums
        if row["standard"]
    ]
    return sorted(rows, key=lambda row: (row.share or ZERO, row.name))
