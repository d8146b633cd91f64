"""What waits for a person's approval, by week, person or client, with what each entry is worth and warns of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from billing.models import Coverage, TimeEntry
from crm.models import Firm, User
from crm.periods import week_start
from crm.web.formats import SYMBOLS

MOST = 500


class By(StrEnum):
    WEEK = "week"
    PERSON = "person"
    CLIENT = "client"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry with the sum of what its time would cost, in one currency; own time waits for somebody else."""

    entry: TimeEntry
    amount: Decimal
    currency: str
    drawn_minutes: int
    is_own: bool

    @property
    def is_blocked(self) -> bool:
        return bool(self.is_own or self.entry.needs_decision)


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    detail: str
    rows: Sequence[Waiting]

    @property
    def minutes(self) -> int:
        return sum(row.entry.minutes for row in self.rows)


@dataclass(frozen=True, slots=True)
class Approvals:
    by: By
    groups: Sequence[Group]
    is_cut: bool

    @property
    def entries(self) -> list[TimeEntry]:
        return [row.entry for group in self.groups for row in group.rows]

    @property
    def count(self) -> int:
        return len(self.entries)

    @property
    def mine(self) -> list[TimeEntry]:
        """What this person decides; own time is shown and waits for somebody else."""
        return [row.entry for group in self.groups for row in group.rows if not row.is_own]

    @property
    def minutes(self) -> int:
        return sum(entry.minutes for entry in self.mine)

    @property
    def symbol(self) -> str:
        """The sign of the one currency of all amounts; empty where they differ and so have no sum."""
        found = {row.currency for group in self.groups for row in group.rows if row.amount}
        return SYMBOLS.get(currency := found.pop(), currency) if len(found) == 1 else ""

    @property
    def warned(self) -> int:
        return sum(bool(entry.warnings or entry.needs_decision) for entry in self.entries)


def load_approvals(user: User, *, by: By) -> Approvals:
    """Everything that the person may approve, oldest first; a fixed number of queries."""
    found = TimeEntry.objects.approvable_by(user).with_parts().order_by("worked_on", "pk")
    entries = list(found[: MOST + 1])
    small = Firm.load().small_firm
    rows = [_waiting(entry, user, small=small) for entry in entries[:MOST]]
    return Approvals(by, _grouped(rows, by), len(entries) > MOST)


def drawn_on_log(user: User) -> list[TimeEntry]:
    """The newest entries that were drawn when they were logged: the sample that a lead looks at."""
    rows = TimeEntry.objects.reviewable_by(user).filter(approved_on_log=True, status=TimeEntry.Status.APPROVED)
    return list(rows.exclude(employee=user).with_parts().order_by("-approved_at", "-pk")[:10])


def _waiting(entry: TimeEntry, user: User, *, small: bool) -> Waiting:
    charged = [part for part in entry.parts if part.source == Coverage.Source.TIME_AND_MATERIALS]
    return Waiting(
        entry=entry,
        amount=sum((part.amount for part in charged), Decimal(0)),
        currency=charged[0].currency if charged else entry.client.currency,
        drawn_minutes=sum(part.drawn_minutes for part in entry.parts),
        is_own=entry.employee_id == user.pk and not small,
    )


def _grouped(rows: Iterable[Waiting], by: By) -> list[Group]:
    groups: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for row in rows:
        groups[_heading(row.entry, by)].append(row)
    return [Group(*heading, found) for heading, found in groups.items()]


def _heading(entry: TimeEntry, by: By) -> tuple[str, str]:
    if by is By.PERSON:
        return str(entry.employee), ""
    if by is By.CLIENT:
        return entry.client.name, ""
    monday = week_start(entry.worked_on)
    return str(monday.isocalendar().week), monday.isoformat()


def waiting_count(user: User) -> int:
    """How many entries wait for this person; own time waits for another one, except in a small firm."""
    rows = TimeEntry.objects.approvable_by(user)
    return (rows if Firm.load().small_firm else rows.exclude(employee=user)).count()
