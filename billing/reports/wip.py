"""Work in progress: approved work with a price and expenses that the client pays, on no document.

One function for every place that says what waits: the strip over the invoices, the page of work to invoice, the run
that drafts everything, the API. A merged client's work counts for the one that stayed.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Count, F, Min, Q, QuerySet, Sum, Value, When

from billing.models import Coverage, Expense, TimeEntry
from billing.services.weeks import in_complete_weeks
from clients.models import Client
from clients.models.client import holder_of, of_holders
from crm.access import Role
from crm.db import MoneyField
from crm.models import User

ZERO = Decimal(0)
AGES = {"d0_30": (0, 30), "d31_60": (31, 60), "d61_90": (61, 90), "d90_plus": (91, None)}
KEYS = ("holder", "currency", "basis")
SUMS = ("entries", "worked", "others", "total", "oldest_on", *AGES)


class WipKey(NamedTuple):
    holder: int
    currency: str
    price_includes_tax: bool


@dataclass(slots=True)
class Waiting:
    """Sums of one client in one currency and price basis; `ages` are amounts by days since it was done.

    `others` counts expenses, and in a run also delivered fixed prices; their amounts are in `amount` with the work's.
    """

    entries: int = 0
    minutes: int = 0
    others: int = 0
    amount: Decimal = ZERO
    oldest_on: date = date.max
    ages: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(AGES, ZERO))

    def add(self, *sums: Any) -> None:
        """Sums as the database gave them, in the order of `SUMS`."""
        entries, minutes, others, amount, oldest_on, *ages = sums
        self.entries += entries
        self.minutes += minutes
        self.others += others
        self.amount += amount
        self.oldest_on = min(self.oldest_on, oldest_on)
        for name, part in zip(AGES, ages, strict=True):
            self.ages[name] += part


type Wip = dict[WipKey, Waiting]


@dataclass(frozen=True, slots=True)
class ClientWip:
    client: Client
    currency: str
    price_includes_tax: bool
    waiting: Waiting


def wip_on(user: User, *, on: date, complete_only: bool = False) -> Wip:
    """What of the person's clients waits that was done up to a day, in one statement.

    `complete_only` leaves out work of weeks that finance has not completed.
    """
    work = _seen(user, Coverage.objects.all(), "entry__client").filter(
        entry__status=TimeEntry.Status.APPROVED,
        entry__worked_on__lte=on,
        source=Coverage.Source.TIME_AND_MATERIALS,
        is_billed=False,
    )
    if complete_only:
        work = work.filter(entry__in=in_complete_weeks(TimeEntry.objects.filter(coverages__in=work)))
    spent = _seen(user, Expense.objects.to_invoice().filter(spent_on__lte=on), "client")
    found: Wip = defaultdict(Waiting)
    for holder, currency, basis, *sums in _of_work(work, on).union(_of_expenses(spent, on), all=True).order_by():
        found[WipKey(holder, currency, basis)].add(*sums)
    return found


def name_rows(found: Wip) -> list[ClientWip]:
    """By the name of the client, one row for each currency and price basis."""
    clients = Client.objects.in_bulk({key.holder for key in found})
    rows = [ClientWip(clients[key.holder], *key[1:], waiting) for key, waiting in found.items()]
    return sorted(rows, key=_place)


def sum_by_basis(found: Wip) -> list[tuple[str, bool, Decimal]]:
    """Amounts by currency and by whether VAT is inside; the two are never added up."""
    sums: dict[tuple[str, bool], Decimal] = defaultdict(Decimal)
    for key, waiting in found.items():
        sums[key.currency, key.price_includes_tax] += waiting.amount
    return [(*key, amount) for key, amount in sorted(sums.items())]


def _place(row: ClientWip) -> tuple[str, int, str, bool]:
    return row.client.name.casefold(), row.client.pk, row.currency, row.price_includes_tax


def _seen(user: User, rows: QuerySet[Any], path: str) -> QuerySet[Any]:
    """Of all clients for partner and finance, of own ones for others."""
    if user.is_in(Role.PARTNER, Role.FINANCE):
        return rows
    return rows.filter(of_holders(Client.objects.owned_by(user).values_list("pk", flat=True), path))


def _of_work(coverages: QuerySet[Any], on: date) -> QuerySet[Any, Any]:
    counts = {"entries": Count("entry", distinct=True), "worked": Sum("minutes"), "others": Value(0)}
    ages = _by_age("entry__worked_on", "amount", on)
    keyed = coverages.order_by().annotate(holder=holder_of("entry__client"), basis=F("price_includes_tax"))
    sums = keyed.values(*KEYS).annotate(**counts, total=Sum("amount"), oldest_on=Min("entry__worked_on"), **ages)
    rows: QuerySet[Any, Any] = sums.values_list(*KEYS, *SUMS)
    return rows


def _of_expenses(expenses: QuerySet[Any], on: date) -> QuerySet[Any, Any]:
    counts = {"entries": Value(0), "worked": Value(0), "others": Count("pk")}
    ages = _by_age("spent_on", "net_amount", on)
    net = Value(value=False, output_field=BooleanField())
    keyed = expenses.order_by().annotate(holder=holder_of(), basis=net)
    sums = keyed.values(*KEYS).annotate(**counts, total=Sum("net_amount"), oldest_on=Min("spent_on"), **ages)
    rows: QuerySet[Any, Any] = sums.values_list(*KEYS, *SUMS)
    return rows


def _by_age(day: str, amount: str, on: date) -> dict[str, Sum]:
    return {name: _of_age(day, amount, on, *bounds) for name, bounds in AGES.items()}


def _of_age(day: str, amount: str, on: date, first: int, last: int | None) -> Sum:
    """The amount of what was done that many days before."""
    condition = Q(**{f"{day}__lte": _before(on, first)})
    if last is not None:
        condition &= Q(**{f"{day}__gte": _before(on, last)})
    return Sum(Case(When(condition, then=amount), default=Value(ZERO), output_field=MoneyField()))


def _before(on: date, days: int) -> date:
    return on - timedelta(days=days) if on.toordinal() > days else date.min
