"""A person's week: entries as a grid of rows and days, as the list of one day, and the totals of both."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from billing.models import HourPackage, Offer, TimeEntry
from billing.services.locks import time_locked_until
from clients.models import Client
from clients.models.client import holder_of, of_holders
from crm.models import User

DAYS = 7
OPEN = (TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED)
MARKS = {
    TimeEntry.BillingType.BILLABLE: "kb",
    TimeEntry.BillingType.GOODWILL: "kg",
    TimeEntry.BillingType.WARRANTY: "kg",
}


def mark_of(billing_type: str) -> str:
    """The little square that says what kind of time it is."""
    return MARKS.get(TimeEntry.BillingType(billing_type), "kn")


@dataclass(frozen=True, slots=True)
class RowKey:
    """What the cells of one row of the grid share."""

    client_id: int
    engagement_id: int | None
    billing_type: str

    def __str__(self) -> str:
        return f"{self.client_id}-{self.engagement_id or 0}-{self.billing_type}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of a row; several entries or booked ones are changed in the day's list, not here."""

    name: str
    on: date
    entries: tuple[TimeEntry, ...]
    is_closed: bool

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)

    @property
    def is_fixed(self) -> bool:
        return self.is_closed or len(self.entries) > 1 or any(entry.status not in OPEN for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Budget:
    """What the row draws on: hours left of what was bought, or used of what was signed."""

    used: int
    total: int
    left: int | None = None
    offer_id: int | None = None

    @property
    def percent(self) -> int:
        return min(100, 100 * self.used // self.total) if self.total else 100

    @property
    def tone(self) -> str:
        return "bad" if self.used > self.total else "warn" if self.percent >= 80 else ""


@dataclass(frozen=True, slots=True)
class Row:
    key: RowKey
    client: Client
    sample: TimeEntry
    title: str
    cells: tuple[Cell, ...]
    budget: Budget | None = None

    @property
    def mark(self) -> str:
        return mark_of(self.key.billing_type)

    @property
    def kind(self) -> str:
        return str(TimeEntry.BillingType(self.key.billing_type).label)

    @property
    def minutes(self) -> int:
        return sum(cell.minutes for cell in self.cells)


@dataclass(frozen=True)
class Day:
    on: date
    minutes: int
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True)
class Week:
    monday: date
    today: date
    weekly_minutes: int
    entries: Sequence[TimeEntry]
    rows: Sequence[Row]
    locked_until: date | None = None
    _minutes: dict[str, int] = field(default_factory=dict)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=DAYS - 1)

    @property
    def previous(self) -> date:
        return self.monday - timedelta(days=DAYS)

    @property
    def next(self) -> date:
        return self.monday + timedelta(days=DAYS)

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week

    @property
    def is_current(self) -> bool:
        return self.monday <= self.today <= self.sunday

    @cached_property
    def days(self) -> list[Day]:
        by_day: dict[date, int] = defaultdict(int)
        for entry in self.entries:
            by_day[entry.worked_on] += entry.minutes
        days = [self.monday + timedelta(days=offset) for offset in range(DAYS)]
        return [Day(on, by_day[on], on == self.today, on.weekday() >= 5) for on in days]

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.entries)

    @property
    def billable_minutes(self) -> int:
        return self._of("kb")

    @property
    def free_minutes(self) -> int:
        return self._of("kg")

    @property
    def internal_minutes(self) -> int:
        return self._of("kn")

    @property
    def to_go(self) -> int:
        return max(0, self.weekly_minutes - self.minutes)

    @property
    def billable_percent(self) -> int:
        return round(100 * self.billable_minutes / self.minutes) if self.minutes else 0

    @property
    def drafts(self) -> list[TimeEntry]:
        return [entry for entry in self.entries if entry.status == TimeEntry.Status.DRAFT]

    @property
    def over(self) -> list[Row]:
        """Rows whose offer has taken more than was signed."""
        return [row for row in self.rows if row.budget and row.budget.offer_id and row.budget.tone == "bad"]

    @property
    def rejected(self) -> list[TimeEntry]:
        return [entry for entry in self.drafts if entry.review_comment]

    def cell(self, name: str) -> tuple[Row, Cell] | None:
        """A cell of the grid by the name of its field, with its row."""
        return next(((row, cell) for row in self.rows for cell in row.cells if cell.name == name), None)

    def on(self, day: date) -> list[TimeEntry]:
        """The day's entries in worked order."""
        of_day = [entry for entry in self.entries if entry.worked_on == day]
        return sorted(of_day, key=lambda entry: (entry.started_at is None, entry.started_at or entry.created_at))

    def _of(self, mark: str) -> int:
        return sum(entry.minutes for entry in self.entries if mark_of(entry.billing_type) == mark)


def load_week(user: User, *, monday: date, today: date, with_last: bool = False) -> Week:
    """A week in a fixed number of queries; `with_last` adds the rows of the week before, without their hours."""
    entries = list(TimeEntry.objects.filter(employee=user).of_week(monday, _sunday(monday)).with_parts())
    entries.sort(key=lambda entry: (entry.worked_on, entry.pk))
    before = monday - timedelta(days=DAYS)
    last = TimeEntry.objects.filter(employee=user).of_week(before, _sunday(before)) if with_last else None
    pattern = [*entries, *(last.select_related("client", "engagement") if last is not None else ())]
    locked = time_locked_until()
    rows = _rows(entries, pattern, _budgets(pattern, on=today), monday, locked)
    return Week(monday, today, user.weekly_minutes, entries, rows, locked)


def _sunday(monday: date) -> date:
    return monday + timedelta(days=DAYS - 1)


def _key(entry: TimeEntry) -> RowKey:
    return RowKey(entry.client_id, entry.engagement_id, entry.billing_type)


def _rows(
    entries: Iterable[TimeEntry],
    pattern: Sequence[TimeEntry],
    budgets: Mapping[RowKey, Budget],
    monday: date,
    locked: date | None,
) -> list[Row]:
    cells: dict[tuple[RowKey, date], list[TimeEntry]] = defaultdict(list)
    for entry in entries:
        cells[_key(entry), entry.worked_on].append(entry)
    first = {_key(entry): entry for entry in reversed(pattern)}
    return [
        Row(key, entry.client, entry, _title(entry), tuple(_cells(key, cells, monday, locked)), budgets.get(key))
        for key, entry in sorted(first.items(), key=lambda pair: (mark_of(pair[0].billing_type), pair[1].client.name))
    ]


def _cells(
    key: RowKey, cells: dict[tuple[RowKey, date], list[TimeEntry]], monday: date, locked: date | None
) -> Iterable[Cell]:
    for offset in range(DAYS):
        on = monday + timedelta(days=offset)
        closed = locked is not None and on <= locked
        yield Cell(f"cell-{key}-{on.isoformat()}", on, tuple(cells.get((key, on), ())), closed)


def _title(entry: TimeEntry) -> str:
    if entry.engagement:
        return entry.engagement.name
    return entry.get_billing_type_display() if entry.billing_type != TimeEntry.BillingType.BILLABLE else ""


def _budgets(entries: Iterable[TimeEntry], *, on: date) -> dict[RowKey, Budget]:
    """By row: the offer of its engagement, else the client's packages together."""
    billable = [entry for entry in entries if entry.billing_type == TimeEntry.BillingType.BILLABLE]
    packages = _package_budgets({entry.client.holder_id for entry in billable}, on=on)
    offers = _offer_budgets(
        [entry.engagement.offer for entry in billable if entry.engagement and entry.engagement.offer]
    )
    found = {}
    for entry in billable:
        offer = entry.engagement.offer_id if entry.engagement else None
        budget = offers.get(offer) if offer else packages.get(entry.client.holder_id)
        if budget:
            found[_key(entry)] = budget
    return found


def _package_budgets(clients: set[int], *, on: date) -> dict[int, Budget]:
    """Hours left of the packages in force that hold some; of a client whose packages are all empty, those."""
    packages = HourPackage.objects.valid(on=on).filter(of_holders(clients))
    rows = packages.order_by().values_list(holder_of(), "purchased_minutes", "account__balance_minutes")
    by_client: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for client, bought, left in rows:
        by_client[client].append((bought, left))
    return {client: _left_of(found) for client, found in by_client.items()}


def _left_of(packages: Sequence[tuple[int, int]]) -> Budget:
    counted = [(bought, left) for bought, left in packages if left > 0] or packages
    total, left = (sum(column) for column in zip(*counted, strict=True))
    return Budget(total - left, total, left)


def _offer_budgets(offers: Sequence[Offer]) -> dict[int, Budget]:
    if not offers:
        return {}
    rows = Offer.objects.filter(pk__in={offer.pk for offer in offers}).with_used_minutes()
    return {
        row.pk: Budget(row.used_minutes, row.signed_minutes or row.estimated_minutes, offer_id=row.pk) for row in rows
    }
