"""Prices and costs of an hour: loads the dated rows that could apply, billing.rules.rates chooses among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from billing.models import CostRate, TimeEntry
from billing.models import Rate as RateRow
from billing.rules.rates import HourlyPrice, Rate, RateQuestion, choose_price, ordinary_price
from clients.models.client import holder_of, of_holders


@dataclass(frozen=True)
class PriceList:
    """The rates that could hold for some entries, by seller; by client the records merged into it that have any."""

    rates: Mapping[int, Sequence[Rate]]
    families: Mapping[int, Set[int]] = field(default_factory=dict)

    def price_of(self, entry: TimeEntry, *, agreed: HourlyPrice | None = None) -> HourlyPrice | None:
        return choose_price(self.rates.get(entry.seller_id, ()), self._question(entry), agreed=agreed)

    def ordinary_price_of(self, entry: TimeEntry) -> HourlyPrice | None:
        """What anyone would pay for the same hour."""
        return ordinary_price(self.rates.get(entry.seller_id, ()), self._question(entry))

    def _question(self, entry: TimeEntry) -> RateQuestion:
        return RateQuestion(
            client_id=entry.client_id,
            employee_id=entry.employee_id,
            worked_on=entry.worked_on,
            service_line_id=entry.service_line_id,
            family=self.families.get(entry.client.holder_id, frozenset()) if self.families else frozenset(),
        )


@dataclass(frozen=True)
class CostList:
    """What an hour of some people costs us, by person, newest first."""

    rows: Mapping[int, Sequence[CostRate]]

    def cost_of(self, employee_id: int, *, on: date) -> Decimal | None:
        for row in self.rows.get(employee_id, ()):
            if row.valid_from <= on and (row.valid_to is None or on <= row.valid_to):
                cost: Decimal = row.cost_per_hour
                return cost
        return None


def load_prices(entries: Sequence[TimeEntry]) -> PriceList:
    """One query for the price list of all these entries."""
    first, last = _days(entries)
    rows = RateRow.objects.agreed().filter(
        Q(client=None) | of_holders(entry.client.holder_id for entry in entries),
        Q(employee=None) | Q(employee__in={entry.employee_id for entry in entries}),
        Q(valid_to=None) | Q(valid_to__gte=first),
        seller__in={entry.seller_id for entry in entries},
        valid_from__lte=last,
    )
    rates: dict[int, list[Rate]] = defaultdict(list)
    families: dict[int, set[int]] = defaultdict(set)
    known: Any = rows.order_by().annotate(holder=holder_of())
    for row in known:
        rates[row.seller_id].append(as_rate(row))
        if row.client_id:
            families[row.holder].add(row.client_id)
    return PriceList(rates, families)


def load_costs(entries: Sequence[TimeEntry]) -> CostList:
    first, last = _days(entries)
    rows = CostRate.objects.filter(
        Q(valid_to=None) | Q(valid_to__gte=first),
        employee__in={entry.employee_id for entry in entries},
        valid_from__lte=last,
    )
    costs: dict[int, list[CostRate]] = defaultdict(list)
    for row in rows.order_by("-valid_from"):
        costs[row.employee_id].append(row)
    return CostList(costs)


def _days(entries: Iterable[TimeEntry]) -> tuple[date, date]:
    days = [entry.worked_on for entry in entries]
    return min(days), max(days)


def as_rate(row: RateRow) -> Rate:
    """The row as the rules know it."""
    return Rate(
        id=row.pk,
        amount=row.amount,
        currency=row.currency,
        price_includes_tax=row.price_includes_tax,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        client_id=row.client_id,
        employee_id=row.employee_id,
        service_line_id=row.service_line_id,
    )
