"""The promise board: open promises by how near they are, what was decided lately, and who keeps their word."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Promise
from clients.models.promise import PromiseQuery
from clients.reports.card import Judged
from clients.reports.shown import shown_clients
from clients.rules import promises as rules
from clients.services.promise_rates import Outline, judge_promise, late_makers, outlines_of
from crm.models import User

WINDOW = timedelta(days=90)
SOON = timedelta(days=7)
SHOWN, DECIDED_SHOWN, CLIENTS_SHOWN = 300, 60, 10


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
    n: int
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
        return sum(column.n for column in self.columns if column.code != "decided")

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
    """Counted over all, in a constant number of statements; rates are of the last 90 days. The next 300 are shown."""
    wanted = Q(kept_at=None, withdrawn_at=None) | Q(due_at__range=(at - WINDOW, at))
    found = outlines_of(rows.filter(wanted), at=at)
    waiting = sorted((row for row in found if row.is_open), key=lambda row: (row.current_due_at, row.pk))
    decided = [row for row in found if row.judged.counts and at - WINDOW <= row.due_at <= at]
    done = sorted((row for row in decided if not row.is_open), key=lambda row: (row.due_at, row.pk), reverse=True)
    wide = [row.pk for row in (*waiting[:SHOWN], *done[:DECIDED_SHOWN])]
    shown = {row.promise.pk: row for row in _judged(rows.filter(pk__in=wide), at)}
    clients = shown_clients(user, [row.promise.client_id for row in shown.values()])
    habitual = late_makers((row.maker for row in (*waiting, *decided) if row.is_broken), at=at)
    return Board(
        columns=_columns(waiting, done[:DECIDED_SHOWN], Seen(clients, habitual, shown), at),
        rates=rules.rate_judged(row.judged for row in decided),
        people=_keepers(decided, "maker", User.objects.all(), habitual),
        clients=_keepers(decided, "client", Client.objects.all())[:CLIENTS_SHOWN],
    )


def _judged(rows: PromiseQuery, at: datetime) -> list[Judged]:
    return [Judged(promise, judge_promise(promise, at=at)) for promise in rows.with_chain()]


@dataclass(frozen=True, slots=True)
class Seen:
    """What rows need beside themselves: clients with figures, people whose lateness is a habit, the rows to show."""

    clients: Mapping[int, Client]
    habitual: Set[int]
    shown: Mapping[int, Judged]

    def rows(self, found: Iterable[Judged]) -> list[Row]:
        return [
            Row(
                row,
                self.clients.get(row.promise.client_id, row.promise.client),
                rules.lateness(row.judged.outcome, by_habit=row.promise.made_by_id in self.habitual),
            )
            for row in found
        ]

    def column(
        self, code: str, title: "str | Lazy", icon: str, found: Sequence[Outline], hint: "str | Lazy" = ""
    ) -> Column:
        return Column(
            code, title, icon, self.rows(self.shown[row.pk] for row in found if row.pk in self.shown), len(found), hint
        )


def _columns(waiting: Sequence[Outline], done: Sequence[Outline], seen: Seen, at: datetime) -> list[Column]:
    today = timezone.localdate(at)
    groups: dict[str, list[Outline]] = defaultdict(list)
    for row in waiting:
        groups[_place(row, today)].append(row)
    columns = [
        seen.column("late", _("Late"), "alert-triangle", groups["late"], _("tell the client today")),
        seen.column("second", _("Second dates"), "number-2", groups["second"], _("must hold")),
        seen.column("soon", _("Within a week"), "clock", groups["soon"], _("warn before the date, never after")),
        seen.column("later", _("Later"), "calendar", groups["later"]),
        seen.column("decided", _("Done in the last 90 days"), "check", done),
    ]
    return [column for column in columns if column.n]


def _place(row: Outline, today: date) -> str:
    due_on = timezone.localdate(row.current_due_at)
    if due_on < today or row.is_broken:
        return "late"
    if row.moved:
        return "second"
    return "soon" if due_on <= today + SOON else "later"


def _keepers(
    decided: Sequence[Outline], by: str, rows: "QuerySet[Any]", habitual: Set[int] = frozenset()
) -> list[Keeper]:
    groups: dict[int, list[rules.Judged]] = defaultdict(list)
    for row in decided:
        groups[getattr(row, by)].append(row.judged)
    names = {row.pk: str(row) for row in rows.filter(pk__in=groups)}
    keepers = [Keeper(names[pk], pk, rules.rate_judged(found), pk in habitual) for pk, found in groups.items()]
    return sorted(keepers, key=lambda keeper: (keeper.rates.honour_rate or 0, -keeper.rates.n, keeper.name))
