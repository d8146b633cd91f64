"""Today: what waits for one person, in sections, most urgent first, with what the clients are worth together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from django.utils import timezone

from clients.models import Client, Interaction, Notice, Promise, Task, TierPolicy
from clients.models.client import ClientQuery, owned
from clients.models.promise import PromiseQuery
from clients.models.task import TaskQuery
from clients.reports.kinds import Kind, Section, kind_of, sections
from clients.reports.quality import Finding, findings
from clients.reports.shown import shown_clients, value_of
from clients.rules import promises as rules
from clients.rules.attention import Attention
from clients.rules.urgency import weight
from clients.services import attention as attention_service
from clients.services.promise_rates import chain_of, judge_promise
from crm.access import may
from crm.models import User

AHEAD, NEAR, NEWS = timedelta(days=7), timedelta(days=2), 5


@dataclass(frozen=True, slots=True)
class PromiseRow:
    code = "promise"
    promise: Promise
    client: Client
    judged: rules.Judged
    at: datetime
    for_whom: User | None = None

    @property
    def is_late(self) -> bool:
        return self.judged.outcome in rules.BROKEN

    @property
    def stake(self) -> Decimal:
        return value_of(self.client)

    @property
    def days_late(self) -> int:
        return (timezone.localdate(self.at) - self.promise.due_on).days

    @property
    def is_second(self) -> bool:
        return bool(chain_of(self.promise).later)

    @property
    def is_near(self) -> bool:
        """Due within two days: then what counts is that a second date must hold."""
        return self.promise.current_due_at < self.at + NEAR

    @property
    def asks(self) -> bool:
        """Whether the maker is to say now: keep it, or warn the client?"""
        chain, on_track = chain_of(self.promise), self.promise.on_track_at is not None
        if self.promise.is_warned_early:
            return True
        return rules.asks_maker(chain, at=self.at, on_track=on_track)

    @property
    def is_warned(self) -> bool:
        return self.judged.outcome is rules.Outcome.OPEN_RENEGOTIATED


@dataclass(frozen=True, slots=True)
class ContactRow:
    code = "contact"
    client: Client
    late: Attention
    last: Interaction | None
    for_whom: User | None = None

    @property
    def stake(self) -> Decimal:
        return value_of(self.client)

    @property
    def days_late(self) -> int:
        return self.late.overdue_days


@dataclass(frozen=True, slots=True)
class TaskRow:
    """`stake` is what the client is worth, or what the task says is at stake, to whoever may see the amount."""

    code = "task"
    task: Task
    client: Client | None
    kind: Kind
    days_late: int
    stake: Decimal
    for_whom: User | None = None


type Row = PromiseRow | ContactRow | TaskRow


@dataclass(frozen=True, slots=True)
class TaskSection:
    section: Section
    rows: Sequence[TaskRow]

    @property
    def words(self) -> str:
        return self.section.words(len(self.rows))


@dataclass(frozen=True)
class Worklist:
    promises: Sequence[PromiseRow]
    contacts: Sequence[ContactRow]
    tasks: Sequence[TaskSection]
    quality: Sequence[Finding]
    news: Sequence[Notice] = ()
    cadences: dict[str, int] = field(default_factory=dict)

    @cached_property
    def ranked(self) -> list[Row]:
        """All rows as one list, the heaviest first; rows of one weight keep the order of their sections."""
        rows: list[Row] = [*self.promises, *self.contacts, *(row for part in self.tasks for row in part.rows)]
        largest = max((row.stake for row in rows), default=Decimal(0))
        return sorted(rows, key=lambda row: -weight(row.stake, largest=largest, days_late=row.days_late))

    @cached_property
    def clients(self) -> list[Client]:
        """Every client that waits, once."""
        rows = [*(row.client for row in self.promises), *(row.client for row in self.contacts)]
        rows += [row.client for part in self.tasks for row in part.rows if row.client]
        return list({client.pk: client for client in rows}.values())

    @property
    def count(self) -> int:
        """Rows that ask for an act, without the gaps in the records."""
        return len(self.promises) + len(self.contacts) + sum(len(part.rows) for part in self.tasks)

    @property
    def worth(self) -> Decimal:
        return sum((value_of(client) for client in self.clients), Decimal(0))

    @property
    def late_promises(self) -> int:
        return sum(row.is_late for row in self.promises)

    @property
    def is_empty(self) -> bool:
        return not (self.promises or self.contacts or self.tasks or self.quality)


def worklist(user: User, *, at: datetime) -> Worklist:
    """All that waits for the person at this moment."""
    cadences = TierPolicy.objects.cadences()
    promised = list(_promises(user, at).with_chain())
    late = _overdue(user, cadences, at).select_related("figures")
    overdue = attention_service.by_urgency(late, cadences=cadences, at=at)
    tasks = list(_tasks(user, at).select_related("contact"))
    ids = [*(promise.client_id for promise in promised), *(task.client_id for task in tasks)]
    clients = shown_clients(user, [*ids, *(client.pk for client, _late in overdue)])
    away = _absentees(user, at)
    return Worklist(
        promises=_promise_rows(promised, clients, away, at),
        contacts=_contact_rows(overdue, clients, away),
        tasks=_task_sections(_task_rows(user, tasks, clients, at), away),
        quality=findings(user, at=at),
        news=list(Notice.objects.visible_to(user).unread().filter(happened_at__lte=at).select_related("client")[:NEWS]),
        cadences=cadences,
    )


def count_waiting(user: User, *, at: datetime) -> tuple[int, int]:
    """How many rows Today holds without the findings, and how many of them are late: for the badge."""
    cadences = TierPolicy.objects.cadences()
    promised = list(_promises(user, at).values_list("current_due_at", flat=True))
    late = sum(due_at < at for due_at in promised)
    overdue = _overdue(user, cadences, at).count()
    return len(promised) + overdue + _tasks(user, at).count(), late + overdue


def _promises(user: User, at: datetime) -> PromiseQuery:
    """Open promises that are late or due within a week, made by the person or to clients they keep."""
    return Promise.objects.mine(user).due_before(at + AHEAD).order_by("current_due_at", "pk")


def _overdue(user: User, cadences: dict[str, int], at: datetime) -> ClientQuery:
    """Clients that the person keeps and should have spoken with, unless the reminder was answered."""
    mine = Client.objects.filter(owned(user, on=timezone.localdate(at), keepers=("account_manager", "deputy")))
    answered = Task.objects.answered(attention_service.KIND, since=at - attention_service.QUIET, at=at)
    late = mine.attention_overdue(on=timezone.localdate(at), cadences=cadences)
    return late.exclude(pk__in=answered.exclude(client=None).values("client"))


def _tasks(user: User, at: datetime) -> TaskQuery:
    """Due tasks of the person; attention has a section of its own."""
    mine = Task.objects.due(at=at).waiting_for(user, on=timezone.localdate(at))
    return mine.filter(due_at__lt=at + AHEAD).exclude(kind=attention_service.KIND)


type People = dict[int | None, User]


def _absentees(user: User, at: datetime) -> People:
    """For whom the person stands in, by id: rows that are theirs say so."""
    _self, *ids = user.people_on(timezone.localdate(at))
    return {person.pk: person for person in User.objects.filter(pk__in=ids)} if ids else {}


def _promise_rows(promised: list[Promise], clients: dict[int, Client], away: People, at: datetime) -> list[PromiseRow]:
    return [
        PromiseRow(
            promise,
            clients.get(promise.client_id, promise.client),
            judge_promise(promise, at=at),
            at,
            away.get(promise.made_by_id),
        )
        for promise in promised
    ]


def _contact_rows(
    overdue: list[tuple[Client, Attention]], clients: dict[int, Client], away: People
) -> list[ContactRow]:
    last = Interaction.objects.last_of(client.pk for client, _late in overdue)
    return [
        ContactRow(clients.get(client.pk, client), late, last.get(client.pk), away.get(client.account_manager_id))
        for client, late in overdue
    ]


def _task_rows(user: User, tasks: list[Task], clients: dict[int, Client], at: datetime) -> Iterator[TaskRow]:
    """An order betrays a number as well, so what is at stake counts only for those who may see amounts."""
    sees, on = may(user, "value.amounts"), timezone.localdate(at)
    for task in tasks:
        client = clients.get(task.client_id or 0)
        stake = max(value_of(client) if client else Decimal(0), (sees and task.value_at_stake) or Decimal(0))
        yield TaskRow(task, client, kind_of(task.kind), (on - timezone.localdate(task.due_at)).days, stake)


def _task_sections(found: Iterable[TaskRow], away: People) -> list[TaskSection]:
    rows: dict[str, list[TaskRow]] = {}
    for row in found:
        rows.setdefault(row.kind.section, []).append(replace(row, for_whom=away.get(row.task.assignee_id)))
    return [TaskSection(section, rows[section.code]) for section in sections() if section.code in rows]
