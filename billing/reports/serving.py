"""What it costs to serve, from rollups and never from time entries.

Cost to serve is internal cost of all minutes, expenses, hospitality and extras; margin is revenue less it. All in the
base currency; what has no exchange rate leaves its sums open and is named, never guessed. Every grouping adds up to the
same totals: what has no engagement, service or person stands in a row of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import F, IntegerField, Q, Sum, Value
from django.db.models.functions import Round
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, Invoice, RevenueDay, WorkMonth
from billing.reports.attribution import revenue_by
from billing.services.currencies import base_currency
from billing.services.open_items import open_documents
from billing.services.rate_gaps import RateGap, plus, total_of
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


NOT_BY = {
    By.CLIENT: _("Not by client"),
    By.ENGAGEMENT: _("Not by engagement"),
    By.SERVICE_LINE: _("Not by service line"),
    By.CONSULTANT: _("Not by person"),
}


@dataclass(slots=True)
class Serving:
    """One client, engagement, service or person, or what belongs to none; a cost that lacks a rate is None."""

    key: int | None
    name: str = ""
    client: Client | None = None
    revenue: Decimal = ZERO
    parts: dict[str, Decimal | None] = field(default_factory=lambda: dict.fromkeys(PARTS, ZERO))
    minutes: int = 0
    dispute_minutes: int = 0
    dispute_cost: Decimal = ZERO
    disputed_amount: Decimal = ZERO

    @property
    def cost(self) -> Decimal | None:
        return total_of(self.parts.values())

    @property
    def margin(self) -> Decimal | None:
        return None if self.cost is None else self.revenue - self.cost

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
    gaps: list[RateGap]

    @property
    def total(self) -> Serving:
        whole = Serving(None)
        for row in self.rows:
            whole.revenue += row.revenue
            for name, amount in row.parts.items():
                whole.parts[name] = plus(whole.parts[name], amount)
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
    _add_costs(rows, "hospitality", hospitality_costs(window, key=HOSPITALITY_KEYS[by]))
    _add_costs(rows, "extras", extra_costs(window, rates, key=EXTRA_KEYS[by]))
    _add_disputes(rows, by, window, rates.base)
    _add_revenue(rows, by, window)
    name_rows(rows, by)
    ordered = sorted(rows.values(), key=lambda row: (row.key is None, row.margin is None, row.margin or ZERO, row.name))
    return Report(by, window, rates.base, ordered, rates.gaps)


# A merged client's figures count for the one into which it was merged.
KEYS: Mapping[By, Any] = {
    By.CLIENT: holder_of(),
    By.ENGAGEMENT: F("engagement"),
    By.SERVICE_LINE: F("service_line"),
    By.CONSULTANT: F("employee"),
}
NAMED: Mapping[By, Any] = {
    By.CLIENT: Client.objects.all(),
    By.ENGAGEMENT: Engagement.objects.select_related("client"),
    By.SERVICE_LINE: ServiceLine.objects.all(),
    By.CONSULTANT: User.objects.all(),
}
NOBODY = Value(None, output_field=IntegerField())
EXPENSE_KEYS: Mapping[By, Any] = {**KEYS, By.SERVICE_LINE: F("engagement__service_line")}
HOSPITALITY_KEYS: Mapping[By, Any] = {
    By.CLIENT: holder_of(),
    By.ENGAGEMENT: NOBODY,
    By.SERVICE_LINE: NOBODY,
    By.CONSULTANT: F("logged_by"),
}
EXTRA_KEYS: Mapping[By, Any] = {**HOSPITALITY_KEYS, By.CONSULTANT: F("given_by")}


def _add_work(rows: dict[int | None, Serving], by: By, window: DateRange) -> None:
    found = WorkMonth.objects.within(window).order_by().values(key=KEYS[by])
    # What a minute of dispute costs is the share of its month's cost, rounded there: then every grouping has one sum.
    dispute = Sum(Round(F("cost_amount") * F("dispute_minutes") / F("minutes"), precision=2))
    for row in found.filter(minutes__gt=0).annotate(
        cost=Sum("cost_amount"), worked=Sum("minutes"), fought=Sum("dispute_minutes"), fought_cost=dispute
    ):
        serving = rows[row["key"]]
        serving.key = row["key"]
        serving.parts["work"] = row["cost"]
        serving.minutes += row["worked"]
        serving.dispute_minutes += row["fought"]
        serving.dispute_cost += row["fought_cost"] or ZERO


def _add_costs(rows: dict[int | None, Serving], part: str, costs: Costs) -> None:
    for pk, amount in costs.items():
        rows[pk].key = pk
        rows[pk].parts[part] = plus(rows[pk].parts[part], amount)


def _add_disputes(rows: dict[int | None, Serving], by: By, window: DateRange, currency: str) -> None:
    """The amount in dispute: what clients with dispute minutes owe on invoices whose reminders are stopped."""
    months = WorkMonth.objects.within(window).filter(dispute_minutes__gt=0).order_by()
    fought = set(months.values_list(holder_of(), flat=True))
    theirs = Q(client__in=fought) | Q(client__merged_into__in=fought)
    disputed = Invoice.objects.filter(theirs, pk__in=Invoice.objects.in_dispute().values("pk"))
    for document in open_documents(disputed, on=window.end, today=window.end):
        key = document.client if by is By.CLIENT else None
        rows[key].key = key
        rows[key].disputed_amount += document.base_item(currency).amount


def _add_revenue(rows: dict[int | None, Serving], by: By, window: DateRange) -> None:
    """By client and service from the rollup; by engagement and person from the work on the lines."""
    found: Iterable[tuple[int | None, Decimal]]
    if by is By.ENGAGEMENT:
        found = revenue_by("engagement", window=window).items()
    elif by is By.CONSULTANT:
        found = revenue_by("employee", window=window).items()
    else:
        days = RevenueDay.objects.within(window).order_by().annotate(key=KEYS[by])
        found = days.values_list("key").annotate(Sum("net_amount"))
    for pk, amount in found:
        rows[pk].key = pk
        rows[pk].revenue += amount


def name_rows(rows: Mapping[int | None, Serving], by: By) -> None:
    """Writes on each row what its key stands for."""
    if None in rows:
        rows[None].name = str(NOT_BY[by])
    keys = [pk for pk in rows if pk is not None]
    for found in NAMED[by].filter(pk__in=keys):
        row = rows[found.pk]
        row.name = str(found)
        row.client = found if isinstance(found, Client) else getattr(found, "client", None)
