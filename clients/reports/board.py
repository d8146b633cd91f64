"""The promise board: open promises by how near they are, what was decided lately, and who keeps their word."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Promise
from clients.models.promise import PromiseQuery
from clients.reports.card import Judged
from clients.reports.shown import shown_clients
from clients.rules import promises as rules
from clients.services.promise_rates import judge_promise, late_makers
from crm.models import User

WINDOW = timedelta(days=90)
SOON = timedelta(days=7)
SHOWN, COUNTED = 300, 2000
DECIDED_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Row:
    row: Judged
    client: Client
    lateness: rules.Lateness | None = None

    @property
    def promise(self) -> Promise:
        return self.row.promise


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    title: "str | Lazy"
    icon: str
    rows: Sequence[Row]
    hint: "str | Lazy" = ""


@dataclass(frozen=True, slots=True)
class Keeper:
    """How one person, or one client's promises, were kept; a habit is a person's."""

    name: str
    url_key: int
    rates: rules.Rates
    is_systematic: bool = False


@dataclass(frozen=True)
class Board:
    columns: Sequence[Column]
    rates: rules.Rates
    people: Sequence[Keeper]
    clients: Sequence[Keeper]

    @cached_property
    def open_n(self) -> int:
        return sum(len(column.rows) for column in self.columns if column.code != "decided")

    @property
    def honoured(self) -> int:
        return self.rates.kept + self.rates.renegotiated_kept


def promises_of(user: User, *, whose: str) -> PromiseQuery:
    """Those that wait for the person, or with `firm` all that they may see."""
    seen = Promise.objects.visible_to(user)
    return seen if whose == "firm" else seen.mine(user)


def judged_rows(rows: PromiseQuery, *, at: datetime) -> list[Judged]:
    """All of them with what became of them, the first due first."""
    return _judged(rows.order_by("due_at", "pk"), at)


def board(user: User, rows: PromiseQuery, *, at: datetime) -> Board:
    """Everything of the board in a constant number of statements; rates are of the last 90 days."""
    waiting = _judged(rows.open().order_by("current_due_at", "pk")[:SHOWN], at)
    recent = _judged(rows.filter(due_at__range=(at - WINDOW, at)).order_by("-due_at")[:COUNTED], at)
    decided = [row for row in recent if row.judged.counts]
    closed = [row for row in decided if row.promise.kept_at][:DECIDED_SHOWN]
    clients = shown_clients(user, [row.promise.client_id for row in (*waiting, *decided)])
    habitual = late_makers((row.promise.made_by_id for row in (*waiting, *closed) if row.is_broken), at=at)
    return Board(
        columns=_columns(waiting, closed, Seen(clients, habitual), at),
        rates=rules.rate_judged(row.judged for row in decided),
        people=_keepers(decided, lambda promise: (promise.made_by_id, str(promise.made_by)), habitual),
        clients=_keepers(decided, _whose)[:10],
    )


def _judged(rows: PromiseQuery, at: datetime) -> list[Judged]:
    return [Judged(promise, judge_promise(promise, at=at)) for promise in rows.with_chain()]


@dataclass(frozen=True, slots=True)
class Seen:
    """What rows need beside themselves: clients with figures, and the people whose lateness is a habit."""

    clients: Mapping[int, Client]
    habitual: Set[int]

    def rows(self, found: Iterable[Judged]) -> list[Row]:
        return [
            Row(
                row,
                self.clients.get(row.promise.client_id, row.promise.client),
                rules.lateness(row.judged.outcome, by_habit=row.promise.made_by_id in self.habitual),
            )
            for row in found
        ]


def _columns(waiting: list[Judged], closed: list[Judged], seen: Seen, at: datetime) -> list[Column]:
    today = timezone.localdate(at)
    late = [row for row in waiting if row.promise.due_on < today or row.is_broken]
    rest = [row for row in waiting if row not in late]
    second = [row for row in rest if row.is_second]
    first = [row for row in rest if not row.is_second]
    soon = [row for row in first if row.promise.due_on <= today + SOON]
    later = [row for row in first if row.promise.due_on > today + SOON]
    columns = [
        Column("late", _("Late"), "alert-triangle", seen.rows(late), _("tell the client today")),
        Column("second", _("Second dates"), "number-2", seen.rows(second), _("must hold")),
        Column("soon", _("Within a week"), "clock", seen.rows(soon), _("warn before the date, never after")),
        Column("later", _("Later"), "calendar", seen.rows(later)),
        Column("decided", _("Done in the last 90 days"), "check", seen.rows(closed)),
    ]
    return [column for column in columns if column.rows]


def _whose(promise: Promise) -> tuple[int, str]:
    """The client that it counts for: the one that stayed, where two were merged."""
    return promise.client.holder_id, str(promise.client.holder)


def _keepers(
    decided: list[Judged], whose: Callable[[Promise], tuple[int, str]], habitual: Set[int] = frozenset()
) -> list[Keeper]:
    groups: dict[tuple[int, str], list[rules.Judged]] = {}
    for row in decided:
        groups.setdefault(whose(row.promise), []).append(row.judged)
    keepers = [Keeper(name, key, rules.rate_judged(rows), key in habitual) for (key, name), rows in groups.items()]
    return sorted(keepers, key=lambda keeper: (keeper.rates.honour_rate or 0, -keeper.rates.n, keeper.name))
