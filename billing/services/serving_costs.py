"""What serving costs beside work: expenses, hospitality and extras, in the base currency, by client or another key.

The report of cost to serve and the clients' figures both add these to the internal cost of work, so they agree. A sum
that lacks an exchange rate is None, and the rate is told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from billing.models import Expense, WorkMonth
from billing.services.currencies import base_currency, rate_between
from billing.services.rate_gaps import RateGap, plus
from clients.models import Extra, Interaction
from clients.models.client import holder_of
from crm.money import convert
from crm.periods import DateRange

ZERO = Decimal("0.00")

type Costs = Mapping[int | None, Decimal | None]
type Spent = tuple[int | None, date, Decimal | None]
"""Whose cost, the day, and the amount in the base currency, None where a rate is missing."""


@dataclass
class Rates:
    """Amounts of many days in the base currency; what has no rate is None, and `gaps` name it."""

    base: str
    gaps: list[RateGap] = field(default_factory=list)
    _known: dict[tuple[str, date], Fraction | None] = field(default_factory=dict)

    def convert(self, amount: Decimal, currency: str, *, on: date, document: str) -> Decimal | None:
        if not currency or currency == self.base or not amount:
            return amount
        key = (currency, on)
        if key not in self._known:
            self._known[key] = rate_between(currency, self.base, on=on)
        rate = self._known[key]
        if rate is None:
            self.gaps.append(RateGap(currency, on, document))
            return None
        return convert(amount, rate=rate, currency=self.base)


class ServingCosts(NamedTuple):
    """Cost to serve by client, None where a rate is missing, and the rates that are."""

    by_client: dict[int, Decimal | None]
    gaps: list[RateGap]

    @property
    def known(self) -> dict[int, Decimal]:
        return {pk: cost for pk, cost in self.by_client.items() if cost is not None}


def serving_costs(clients: Collection[int] | None, window: DateRange) -> ServingCosts:
    """Cost to serve of these clients or of all, with what merged clients cost.

    Work counts with the months that begin in the window: its rollup knows months, not days.
    """
    rates = Rates(base_currency())
    total: dict[int, Decimal | None] = defaultdict(lambda: ZERO)
    work = (
        _of(clients, WorkMonth.objects.within(window)).order_by().values_list(holder_of()).annotate(Sum("cost_amount"))
    )
    for part in (
        dict(work),
        expense_costs(window, rates, clients=clients),
        hospitality_costs(window, clients=clients),
        extra_costs(window, rates, clients=clients),
    ):
        for pk, amount in part.items():
            if pk is not None:
                total[pk] = plus(total[pk], amount)
    return ServingCosts(dict(total), rates.gaps)


def other_costs(clients: Collection[int] | None, window: DateRange) -> Iterator[Spent]:
    """What these clients or all cost beside work, day by day, in no order; a merged client's counts for who stayed."""
    rates = Rates(base_currency())
    yield from _expenses(window, rates, holder_of(), clients)
    yield from _hospitality(window, holder_of(), clients)
    yield from _extras(window, rates, holder_of(), clients)


def expense_costs(window: DateRange, rates: Rates, *, key: Any = None, clients: Collection[int] | None = None) -> Costs:
    """Approved expenses, net, of the days in the window; by client unless another key is asked."""
    return _summed(_expenses(window, rates, key or holder_of(), clients))


def hospitality_costs(window: DateRange, *, key: Any = None, clients: Collection[int] | None = None) -> Costs:
    """Meals and the like carry their cost in the base currency; by client unless another key is asked."""
    return _summed(_hospitality(window, key or holder_of(), clients))


def extra_costs(window: DateRange, rates: Rates, *, key: Any = None, clients: Collection[int] | None = None) -> Costs:
    return _summed(_extras(window, rates, key or holder_of(), clients))


def _summed(rows: Iterable[Spent]) -> Costs:
    found: dict[int | None, Decimal | None] = defaultdict(lambda: ZERO)
    for pk, _on, cost in rows:
        found[pk] = plus(found[pk], cost)
    return found


def _expenses(window: DateRange, rates: Rates, key: Any, clients: Collection[int] | None) -> Iterator[Spent]:
    rows = Expense.objects.approved().filter(spent_on__gte=window.start, spent_on__lt=window.end)
    keyed = _of(clients, rows).annotate(key=key)
    asked = keyed.values_list("key", "net_amount", "base_amount", "currency", "spent_on", "description")
    for pk, net, base, currency, on, what in asked:
        yield pk, on, base if base is not None else rates.convert(net, currency, on=on, document=what)


def _hospitality(window: DateRange, key: Any, clients: Collection[int] | None) -> Iterator[Spent]:
    rows = Interaction.objects.filter(
        cost__isnull=False, occurred_at__date__gte=window.start, occurred_at__date__lt=window.end
    )
    yield from _of(clients, rows).order_by().values_list(key, TruncDate("occurred_at")).annotate(Sum("cost"))


def _extras(window: DateRange, rates: Rates, key: Any, clients: Collection[int] | None) -> Iterator[Spent]:
    rows = _of(clients, Extra.objects.given().filter(given_on__gte=window.start, given_on__lt=window.end))
    for pk, cost, currency, on, name in rows.values_list(key, "cost", "currency", "given_on", "name"):
        yield pk, on, rates.convert(cost, currency, on=on, document=name)


def _of[Row: Model](clients: Collection[int] | None, rows: QuerySet[Row]) -> QuerySet[Row]:
    if clients is None:
        return rows
    return rows.filter(Q(client__in=clients) | Q(client__merged_into__in=clients))
