"""The way of money on one strip: work not invoiced, drafts, what is owed, what came in; and what is owed by age."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import Allocation, Coverage, Invoice, Payment, TimeEntry
from billing.models.invoices import InvoiceQuery
from billing.rules.ageing import Ageing, Bucket, OpenItem, age_items
from clients.models import Client
from crm.access import Role
from crm.models import User
from crm.periods import month_start

type Sums = list[tuple[str, Decimal]]

MARKS = {
    Bucket.CURRENT: "--c1",
    Bucket.UP_TO_30: "--warn-mark",
    Bucket.UP_TO_60: "--c5",
    Bucket.UP_TO_90: "--bad-mark",
    Bucket.OVER_90: "--bad",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """`gross_sums` are of work priced with VAT inside; amounts of two bases are never added up."""

    count: int = 0
    sums: Sums = field(default_factory=list)
    gross_sums: Sums = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AgeRow:
    """One age of open amounts; `share` of the whole in its currency, as a fraction."""

    bucket: Bucket
    amount: Decimal
    share: Decimal
    mark: str

    @property
    def days(self) -> str:
        """Its days past due, for the ages between two bounds."""
        return self.bucket.value.lstrip("d").replace("_", "–")


@dataclass(frozen=True, slots=True)
class AgeBar:
    currency: str
    total: Decimal
    overdue: Decimal
    rows: list[AgeRow]


@dataclass(frozen=True, slots=True)
class Pipeline:
    wip: Stage
    drafts: Stage
    unpaid: Stage
    paid: Stage
    ages: list[AgeBar]


def pipeline(user: User, *, on: date) -> Pipeline:
    """Four stages and the ages of what is owed, of the clients whose invoices the person sees."""
    seen = Invoice.objects.visible_to(user)
    unpaid = seen.unpaid().order_by().only("client", "due_on", "currency", "gross_amount")
    owed = [(row.client_id, row.due_on, row.currency, row.balance_amount) for row in unpaid]
    flows = _flows(user, seen, on)
    return Pipeline(
        wip=_of_both(flows.get("wip", Stage()), flows.get("wip_gross", Stage())),
        drafts=flows.get("drafts", Stage()),
        unpaid=Stage(len(owed), _sums((currency, amount) for _client, _due, currency, amount in owed)),
        paid=flows.get("paid", Stage()),
        ages=_ages(owed, on),
    )


def owed_by(seen: InvoiceQuery, *, on: date) -> list[AgeBar]:
    """What these documents still owe, by currency and age."""
    unpaid = seen.unpaid().order_by().only("client", "due_on", "currency", "gross_amount")
    return _ages([(row.client_id, row.due_on, row.currency, row.balance_amount) for row in unpaid], on)


def _flows(user: User, seen: InvoiceQuery, on: date) -> dict[str, Stage]:
    """Work, drafts and this month's money in one statement; counts are of entries, drafts and settled invoices."""
    work = _wip(user).annotate(n=Count("entry", distinct=True), total=Sum("amount"))
    drafts = _named(seen.drafts(), "drafts").annotate(n=Count("pk"), total=Sum("net_amount"))
    month = Payment.objects.visible_to(user).filter(received_on__gte=month_start(on), received_on__lte=on)
    settled = Allocation.objects.filter(payment__in=month).order_by().annotate(one=Value(1)).values("one")
    count = Subquery(settled.annotate(n=Count("invoice", distinct=True)).values("n"))
    paid = _named(month, "paid").annotate(n=Coalesce(count, Value(0)), total=Sum("amount"))
    found: dict[str, list[tuple[str, int, Decimal]]] = defaultdict(list)
    for flow, *row in work.union(drafts, paid, all=True).order_by():
        found[flow].append(tuple(row))
    stages = {flow: _stage(rows) for flow, rows in found.items()}
    if "paid" in stages:
        stages["paid"] = Stage(found["paid"][0][1], stages["paid"].sums)
    return stages


def _named(rows: Any, flow: Any) -> Any:
    named = Value(flow) if isinstance(flow, str) else flow
    return rows.order_by().annotate(flow=named).values_list("flow", "currency")


def _of_both(net: Stage, gross: Stage) -> Stage:
    return Stage(net.count + gross.count, net.sums, gross.sums)


def _wip(user: User) -> Any:
    """Approved minutes with a price that stand on no document."""
    rows = Coverage.objects.filter(
        entry__status=TimeEntry.Status.APPROVED,
        source=Coverage.Source.TIME_AND_MATERIALS,
        is_billed=False,
    )
    if not user.is_in(Role.PARTNER, Role.FINANCE):
        rows = rows.filter(entry__client__in=Client.objects.owned_by(user))
    return _named(rows, Case(When(price_includes_tax=True, then=Value("wip_gross")), default=Value("wip")))


def _stage(rows: Iterable[tuple[str, int, Decimal]]) -> Stage:
    found = list(rows)
    return Stage(sum(count for _currency, count, _amount in found), _sums((row[0], row[2]) for row in found))


def _sums(pairs: Iterable[tuple[str, Decimal]]) -> Sums:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        sums[currency] += amount
    return sorted(sums.items(), key=lambda pair: -pair[1])


def _ages(owed: Iterable[tuple[int, date | None, str, Decimal]], on: date) -> list[AgeBar]:
    """One bar for each currency, the largest sum first."""
    items: dict[str, list[OpenItem]] = defaultdict(list)
    for client_id, due_on, currency, amount in owed:
        items[currency].append(OpenItem(client_id, due_on or on, amount))
    bars = [_bar(currency, age_items(own, on=on)) for currency, own in items.items()]
    return sorted(bars, key=lambda bar: -bar.total)


def _bar(currency: str, ageing: Ageing) -> AgeBar:
    rows = []
    for bucket, mark in MARKS.items():
        amount: Decimal = getattr(ageing, bucket.value)
        rows.append(AgeRow(bucket, amount, amount / ageing.total, mark))
    return AgeBar(currency, ageing.total, ageing.overdue, rows)
