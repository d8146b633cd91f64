"""What clients bought and what serving them cost, from billing's rollups; merged clients count for their survivor."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min, Sum

from billing.models import RevenueDay, WorkMonth
from billing.services.rate_gaps import plus
from billing.services.serving_costs import other_costs, serving_costs
from clients.models import Client
from crm.periods import DateRange, month_end, trailing_months
from loyalty.rules.value import Factors, Flow, own_factors
from loyalty.services.holders import survivors

WINDOW_MONTHS = 12
SEGMENT_MONTHS = 24
ZERO = Decimal(0)
COLUMNS = ("net_amount", "standing_amount", "invoice_count")


@dataclass(frozen=True, slots=True)
class Purchases:
    """Number of issued, not fully credited invoices and what stands of them; `first_on` is the day of the first.

    `revenue` is net of the credit notes of the window, which may be of invoices before it.
    """

    revenue: Decimal = ZERO
    standing: Decimal = ZERO
    count: int = 0
    first_on: date | None = None


NOTHING = Purchases()


class Month(NamedTuple):
    """One month of one client, as its inputs are shown."""

    month_on: date
    revenue: Decimal
    standing: Decimal
    invoices: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that values need of the clients concerned, read in a fixed number of statements."""

    recent: Mapping[int, Purchases]
    ever: Mapping[int, Purchases]
    lines: Mapping[int, int]
    flows: Mapping[int, list[Flow]]
    costs: Mapping[int, Decimal | None]

    @classmethod
    def read(cls, *, on: date, client: Client | None = None) -> "Books":
        """Of all clients, or of one. Nothing after the day counts."""
        own = _Own(survivors(), client)
        window = trailing_months(on, WINDOW_MONTHS)
        return cls(
            recent=own.purchases(window),
            ever=own.purchases(DateRange(date.min, on + timedelta(days=1))),
            lines=own.main_service_lines(trailing_months(on, SEGMENT_MONTHS)),
            flows=own.flows(on),
            costs=own.costs(window),
        )

    @classmethod
    def empty(cls) -> "Books":
        """Of somebody who has not bought anything."""
        return cls(recent={}, ever={}, lines={}, flows={}, costs={})


def purchases(window: DateRange) -> dict[int, Purchases]:
    return _Own(survivors(), None).purchases(window)


def flows_of(client: Client | None, *, on: date) -> Mapping[int, list[Flow]]:
    """Revenue and cost by day of one client, or of all, up to a day."""
    return _Own(survivors(), client).flows(on)


def factors_of(recent: Purchases, ever: Purchases) -> Factors:
    """Factors of the last twelve months; who bought before but not since has 0 purchases at their old average."""
    if recent.count > 0 or ever.count <= 0:
        return own_factors(recent.standing, max(recent.count, 0), months=WINDOW_MONTHS)
    return Factors(ZERO, max(ever.standing, ZERO) / ever.count)


def months_of(client: Client, *, on: date) -> list[Month]:
    """Revenue, invoices and cost of the last months of one client, newest first: the inputs of its value."""
    own = _Own(survivors(), client)
    window = trailing_months(on, SEGMENT_MONTHS)
    cells: dict[date, list[Decimal]] = defaultdict(lambda: [ZERO] * 3)
    costs: dict[date, Decimal | None] = defaultdict(lambda: ZERO)
    for issued_on, *numbers in own.revenue.within(window).values_list("issued_on", *COLUMNS):
        cell = cells[issued_on.replace(day=1)]
        cell[:] = [before + number for before, number in zip(cell, numbers, strict=True)]
    for _client, day, cost in own.spent(window):
        costs[day.replace(day=1)] = plus(costs[day.replace(day=1)], cost)
    return [_month(month, cells[month], costs[month]) for month in sorted(cells.keys() | costs.keys(), reverse=True)]


def _month(month_on: date, cell: list[Decimal], cost: Decimal | None) -> Month:
    revenue, standing, invoices = cell
    return Month(month_on, revenue, standing, int(invoices), cost)


class _Own:
    """The rollups of one client, merged ones included, or of all."""

    def __init__(self, merged: Mapping[int, int], client: Client | None) -> None:
        self.merged, self.clients = merged, None if client is None else [client.pk]
        self.revenue, self.work = RevenueDay.objects.all(), WorkMonth.objects.all()
        if client is not None:
            ids = [client.pk, *(pk for pk, into in merged.items() if into == client.pk)]
            self.revenue, self.work = self.revenue.filter(client__in=ids), self.work.filter(client__in=ids)

    def of(self, client: int) -> int:
        return self.merged.get(client, client)

    def purchases(self, window: DateRange) -> dict[int, Purchases]:
        rows = self.revenue.within(window).values_list("client")
        sums: dict[int, Purchases] = {}
        found = rows.annotate(*map(Sum, COLUMNS), Min("issued_on")).order_by("client")
        for client, revenue, standing, count, first in found:
            before = sums.get(self.of(client), NOTHING)
            sums[self.of(client)] = Purchases(
                before.revenue + revenue,
                before.standing + standing,
                before.count + count,
                min(filter(None, [before.first_on, first])),
            )
        return sums

    def main_service_lines(self, window: DateRange) -> dict[int, int]:
        """The service line that brought each client's largest revenue in the window; the lower id of equals."""
        totals: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        rows = self.revenue.within(window).exclude(service_line=None).values_list("client", "service_line")
        for client, line, amount in rows.annotate(Sum("net_amount")).order_by("client", "service_line"):
            totals[self.of(client), line] += amount
        ordered = sorted(totals, key=lambda key: (totals[key], -key[1]))
        return dict(ordered)

    def costs(self, window: DateRange) -> dict[int, Decimal | None]:
        return serving_costs(self.clients, window).by_client

    def spent(self, window: DateRange) -> Iterator[tuple[int, date, Decimal | None]]:
        """What serving cost by day: the work of a month on its last day, of the running month on the window's."""
        work = self.work.within(window).values_list("client", "month_on")
        for client, month_on, amount in work.annotate(Sum("cost_amount")).order_by("client", "month_on"):
            yield self.of(client), min(month_end(month_on), window.last), amount
        for holder, day, cost in other_costs(self.clients, window):
            if holder is not None:
                yield holder, day, cost

    def flows(self, on: date) -> dict[int, list[Flow]]:
        """Revenue on its day of issue, and what serving cost."""
        flows: dict[int, list[Flow]] = defaultdict(list)
        earned = self.revenue.filter(issued_on__lte=on).values_list("client", "issued_on")
        for client, issued_on, amount in earned.annotate(Sum("net_amount")).order_by("client", "issued_on"):
            flows[self.of(client)].append(Flow(issued_on, amount, ZERO))
        for client, day, amount in self.spent(DateRange(date.min, on + timedelta(days=1))):
            flows[client].append(Flow(day, ZERO, amount))
        return flows
