"""What clients owe as of a day by its age, and work that has a price and stands on no document, by client."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Case, Count, DecimalField, F, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from billing.models import Allocation, Coverage, Invoice, TimeEntry, WriteOff
from billing.rules.ageing import Ageing, OpenItem, age_by_client, age_items
from billing.services.currencies import base_currency
from clients.models import Client
from crm.access import Role
from crm.db import by_name
from crm.models import User
from crm.money import convert

AMOUNT = DecimalField(max_digits=14, decimal_places=2)
AGES = ((30, "d0_30"), (60, "d31_60"), (90, "d61_90"))


@dataclass(frozen=True, slots=True)
class Owed:
    """Open gross amounts of clients in the base currency at the rates of their documents."""

    on: date
    currency: str
    clients: dict[int, str]
    by_client: dict[int, Ageing]
    all: Ageing


def owed_on(user: User, *, on: date) -> Owed:
    """What the person's clients owed at the end of a day: documents, payments and write-offs dated later are not in."""
    target = base_currency()
    rows = _open_on(Invoice.objects.visible_to(user).issued().invoices().filter(issued_on__lte=on), on)
    found = rows.order_by(by_name("client__name"), "pk").values_list(
        "client", "client__name", "due_on", "base_rate", "owed"
    )
    items, names = [], {}
    for client, name, due_on, rate, owed in found:
        names[client] = name
        amount = convert(owed, rate=Fraction(rate), currency=target)
        items.append(OpenItem(client, due_on or on, amount))
    return Owed(on, target, names, age_by_client(items, on=on), age_items(items, on=on))


def _open_on(rows: Any, on: date) -> Any:
    parts = (
        Allocation.objects.settled_by(on),
        WriteOff.objects.filter(written_off_on__lte=on),
    )
    credited = Invoice.objects.issued().filter(corrects=OuterRef("pk"), issued_on__lte=on)
    settled: Any = _sum(credited, "corrects", "gross_amount")
    for part in parts:
        settled = settled + _sum(part.filter(invoice=OuterRef("pk")), "invoice", "amount")
    return rows.annotate(owed=F("gross_amount") - settled).filter(owed__gt=0)


def _sum(rows: Any, key: str, field: str) -> Coalesce:
    total = rows.order_by().values(key).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total), Value(0), output_field=AMOUNT)


def wip_on(user: User, *, on: date) -> list[dict[str, Any]]:
    """Approved work with a price on no document, one row for each client, currency and price basis, by its age."""
    rows = Coverage.objects.filter(
        entry__status=TimeEntry.Status.APPROVED,
        entry__worked_on__lte=on,
        source=Coverage.Source.TIME_AND_MATERIALS,
        is_billed=False,
    )
    if not user.is_in(Role.PARTNER, Role.FINANCE):
        rows = rows.filter(entry__client__in=Client.objects.owned_by(user))
    keys = {
        "client": F("entry__client"),
        "name": F("entry__client__name"),
        "basis": F("price_includes_tax"),
    }
    found = (
        rows.order_by(by_name("entry__client__name"), "entry__client", "currency")
        .values("currency", **keys)
        .annotate(
            entries=Count("entry", distinct=True),
            worked=Sum("minutes"),
            total=Sum("amount"),
            oldest_on=Min("entry__worked_on"),
            **_by_age(on),
        )
    )
    return [_wip_row({**row}) for row in found]


def _by_age(on: date) -> dict[str, Any]:
    """The amount of each age; the last bucket is open."""
    buckets, before = {}, on
    for days, name in AGES:
        first = date.fromordinal(max(on.toordinal() - days, 1))
        buckets[name] = _when(Q(entry__worked_on__gte=first, entry__worked_on__lte=before))
        before = date.fromordinal(max(first.toordinal() - 1, 1))
    return {**buckets, "d90_plus": _when(Q(entry__worked_on__lte=before))}


def _when(condition: Q) -> Sum:
    return Sum(Case(When(condition, then="amount"), default=Value(0), output_field=AMOUNT))


def _wip_row(row: dict[str, Any]) -> dict[str, Any]:
    names = {"basis": "price_includes_tax", "worked": "minutes", "total": "amount"}
    return {names.get(name, name): value for name, value in row.items()}


def sum_by_basis(rows: Iterable[dict[str, Any]]) -> list[tuple[str, bool, Decimal]]:
    """Amounts by currency and by whether VAT is inside."""
    sums: dict[tuple[str, bool], Decimal] = {}
    for row in rows:
        key = row["currency"], row["price_includes_tax"]
        sums[key] = sums.get(key, Decimal(0)) + row["amount"]
    return [(*key, amount) for key, amount in sorted(sums.items())]
