"""Rates, packages, engagements and time for tests; the day is always an argument with a fixed default."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from billing.models import CostRate, Engagement, HourPackage, PeriodLock, Rate, TimeEntry
from billing.services.engagements import open_engagement
from billing.services.packages import buy_package
from billing.services.time import log_entry
from clients.models import Client, Seller
from crm.models import User
from tests.make.clients import make_client, make_seller
from tests.make.people import make_user

DAY = date(2026, 6, 10)
AT = datetime(2026, 6, 10, 12, tzinfo=UTC)
_numbers = count(1)


def make_rate(seller: Seller | None = None, **kw: Any) -> Rate:
    """150.00 an hour including VAT as the German seller's default, valid since 2020."""
    fields = {"amount": Decimal("150.00"), "price_includes_tax": True, "valid_from": date(2020, 1, 1), **kw}
    seller = seller or make_seller()
    return Rate.objects.create(seller=seller, **{"currency": seller.currency, **fields})


def make_cost(employee: User, amount: str = "60.00", **kw: Any) -> CostRate:
    return CostRate.objects.create(
        employee=employee, cost_per_hour=Decimal(amount), **{"valid_from": date(2020, 1, 1), **kw}
    )


def make_package(client: Client | None = None, *, hours: float = 50, **kw: Any) -> HourPackage:
    """A package in force in June 2026 that is not drawn on when logging, sold by the client's own company."""
    client = client or make_client()
    fields: dict[str, Any] = {
        "name": f"Package {next(_numbers)}",
        "seller": client.default_seller,
        "purchased_minutes": int(hours * 60),
        "price": Decimal("6750.00"),
        "currency": client.currency,
        "price_includes_tax": True,
        "valid_from": date(2026, 1, 1),
        "draw_on_log": False,
    }
    lines = kw.pop("service_lines", ())
    package = HourPackage(client=client, **(fields | kw))
    return buy_package(package, service_lines=lines, by=None, on=DAY, at=AT)


def make_engagement(client: Client | None = None, *, lead: User | None = None, **kw: Any) -> Engagement:
    client = client or make_client()
    members = kw.pop("members", ())
    fields = {"seller": client.default_seller, "name": "Support", "started_on": date(2026, 1, 1), **kw}
    return open_engagement(Engagement(client=client, lead=lead or make_user(), **fields), members=members)


def new_entry(client: Client, employee: User, minutes: int = 60, **kw: Any) -> TimeEntry:
    """An entry that is not saved yet, worked on 10 June 2026."""
    fields = {"worked_on": DAY, "description": "Second server", **kw}
    return TimeEntry(client=client, employee=employee, minutes=minutes, **fields)


def log(client: Client, employee: User, minutes: int = 60, **kw: Any) -> TimeEntry:
    return log_entry(new_entry(client, employee, minutes, **kw), by=employee, at=AT)


def submitted(client: Client, employee: User, minutes: int = 60, **kw: Any) -> TimeEntry:
    """A logged entry that waits for approval."""
    entry = log(client, employee, minutes, **kw)
    TimeEntry.objects.filter(pk=entry.pk).update(status=TimeEntry.Status.SUBMITTED, submitted_at=AT)
    entry.refresh_from_db()
    return entry


def make_time_lock(until: date, *, by: User | None = None) -> PeriodLock:
    return PeriodLock.objects.create(
        kind=PeriodLock.Kind.TIME, locked_until_on=until, made_by=by or make_user(), created_at=AT
    )
