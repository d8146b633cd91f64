"""A client's hours for the card: packages with what is left, goodwill of the year, what waits and what is unbilled."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Sum

from billing.models import HourPackage, TimeEntry
from billing.models.packages import PackageQuery
from billing.models.time import BOOKED
from clients.models import Client
from crm.db import Query

RECENT = 5


@dataclass(frozen=True)
class ClientHours:
    packages: list[HourPackage]
    recent: list[TimeEntry]
    year: int
    year_minutes: int
    goodwill_minutes: int
    waiting_minutes: int

    @property
    def is_empty(self) -> bool:
        return not (self.packages or self.recent)


def load_client_hours(client: Client, *, on: date) -> ClientHours:
    """Five queries, whatever the client's history."""
    entries = TimeEntry.objects.filter(client__in=client.family)
    booked = entries.filter(status__in=BOOKED, worked_on__year=on.year)
    kinds = dict(booked.order_by().values_list("billing_type").annotate(total=Sum("minutes")))
    return ClientHours(
        packages=_alive(HourPackage.objects.filter(client__in=client.family).valid(on=on).in_cover_order()),
        recent=list(entries.select_related("employee").order_by("-worked_on", "-pk")[:RECENT]),
        year=on.year,
        year_minutes=sum(kinds.values()),
        goodwill_minutes=booked.goodwill().aggregate(total=Sum(F("minutes") - F("follow_up_minutes")))["total"] or 0,
        waiting_minutes=_waiting(entries),
    )


def _alive(packages: PackageQuery) -> list[HourPackage]:
    """Those with hours left or asked for; where none has any, the last one tells that it is used up."""
    rows = list(packages.with_balance())
    return [row for row in rows if row.account.balance_minutes or row.pending_minutes] or rows[-1:]


def _waiting(entries: Query[TimeEntry]) -> int:
    rows = entries.filter(status__in=[TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED])
    return int(rows.aggregate(total=Sum("minutes"))["total"] or 0)
