"""A package's book as a page shows it: its movements with the balance by day, and what was given free beside them."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from billing.models import HourAccount, HourPackage, LedgerRow, TimeEntry
from billing.models.time import TimeEntryQuery

SHOWN = 25
SHOWN_BY: Mapping[str, Mapping[str, Any]] = {
    "used": {"minutes__lt": 0},
    "added": {"minutes__gt": 0},
    "free": {"kind": LedgerRow.Kind.GRANT},
}


@dataclass(frozen=True, slots=True)
class FreeLine:
    """Work that took nothing from the package, between its movements; attributes are named as those of a row."""

    entry: TimeEntry
    running_minutes: int
    kind: str = "free"
    minutes: int = 0

    @property
    def occurred_on(self) -> date:
        return self.entry.worked_on

    @property
    def entry_id(self) -> int:
        return self.entry.pk

    @property
    def free_minutes(self) -> int:
        """All of it, or what stood free of it after an invoice."""
        given = self.entry.billing_type == TimeEntry.BillingType.GOODWILL
        minutes: int = self.entry.minutes if given else self.entry.follow_up_minutes
        return minutes


type Line = LedgerRow | FreeLine


@dataclass(frozen=True, slots=True)
class Ledger:
    """The newest lines, and how many there are."""

    lines: Sequence[Line]
    count: int


def newest_lines(package: HourPackage, *, show: str = "") -> Ledger:
    """The newest movements and gifts, or one kind of them: `used`, `added` or `free`; a gift ends its day."""
    rows = LedgerRow.objects.filter(account=package.account_id).select_related("entry__employee", "entry__contact")
    rows = rows.select_related("made_by").filter(**SHOWN_BY.get(show, {}))
    free = free_work(package) if show in ("", "free") else TimeEntry.objects.none()
    balances = Balances(package)
    shown: list[Line] = [
        *balances.of_work(free.order_by("-worked_on", "-pk")[:SHOWN]),
        *balances.of_rows(rows.order_by("-occurred_on", "-id")[:SHOWN]),
    ]
    shown.sort(key=attrgetter("occurred_on"), reverse=True)
    return Ledger(shown[:SHOWN], rows.count() + free.count())


def with_free(package: HourPackage, rows: Iterable[LedgerRow]) -> list[Line]:
    """A statement's rows, oldest first, with what was given free on its day."""
    lines: list[Line] = [*rows, *Balances(package).of_work(free_work(package).order_by("worked_on", "pk"))]
    return sorted(lines, key=attrgetter("occurred_on"))


def free_work(package: HourPackage) -> TimeEntryQuery:
    """Booked work of the package's company, days and services that was given free, in whole or after an invoice.

    A package that is used up has no days after its last movement.
    """
    given = Q(billing_type=TimeEntry.BillingType.GOODWILL) | Q(follow_up_minutes__gt=0)
    rows = TimeEntry.objects.booked().for_client(package.client).filter(given, offer=None, seller=package.seller)
    rows = rows.filter(Q(hour_package=None) | Q(hour_package=package), worked_on__gte=package.valid_from)
    if last := _last_day(package):
        rows = rows.filter(worked_on__lte=last)
    lines = list(package.service_lines.values_list("pk", flat=True))
    if lines:
        rows = rows.filter(service_line__in=lines)
    return rows.select_related("employee", "contact")


def _last_day(package: HourPackage) -> date | None:
    if HourAccount.objects.filter(pk=package.account_id, balance_minutes__gt=0).exists():
        return package.expires_on
    return LedgerRow.objects.filter(account=package.account_id).latest("occurred_on").occurred_on


class Balances:
    """The balance by day, as on a statement: work that was written late stands on its day."""

    def __init__(self, package: HourPackage) -> None:
        moved = LedgerRow.objects.filter(account=package.account_id).order_by("occurred_on", "id")
        found = list(moved.values_list("pk", "occurred_on", "minutes"))
        running = list(accumulate(minutes for _pk, _on, minutes in found))
        self.by_row = {pk: left for (pk, _on, _minutes), left in zip(found, running, strict=True)}
        self.by_day = {on: left for (_pk, on, _minutes), left in zip(found, running, strict=True)}

    def of_rows(self, rows: "QuerySet[LedgerRow]") -> list[LedgerRow]:
        shown = list(rows)
        for row in shown:
            row.running_minutes = self.by_row[row.pk]
        return shown

    def of_work(self, rows: TimeEntryQuery) -> list[FreeLine]:
        return [FreeLine(entry, self._at_end_of(entry.worked_on)) for entry in rows]

    def _at_end_of(self, day: date) -> int:
        days = list(self.by_day)
        place = bisect_right(days, day)
        return self.by_day[days[place - 1]] if place else 0
