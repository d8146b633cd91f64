"""The outcome of promises and the rates that follow, judged by clients.rules.promises from the chains of dates."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from clients.models import Promise, PromiseDate
from clients.models.client import holder_of
from clients.rules import promises as rules
from clients.services.facts import write_figures

if TYPE_CHECKING:
    from clients.models.promise import PromiseQuery

WINDOW = timedelta(days=365)
HABIT = timedelta(days=rules.SYSTEMATIC_DAYS)


def chain_of(promise: Promise) -> rules.Promise:
    """The promise as the rules read it; costs nothing after `with_chain()`."""
    later = [
        rules.LaterDate(step.due_at, informed_at=step.client_informed_at, made_at=step.made_at)
        for step in promise.dates.all()
    ]
    return _chain(promise.due_at, promise.kept_at, promise.withdrawn_at, promise.made_at, later)


def _chain(
    due_at: datetime,
    kept_at: datetime | None,
    withdrawn_at: datetime | None,
    made_at: datetime,
    later: Iterable[rules.LaterDate],
) -> rules.Promise:
    """What the client took back measures nobody, so it counts as withdrawn from the start, whenever it was said."""
    taken_back = min(made_at, due_at) if withdrawn_at else None
    return rules.Promise(due_at, kept_at=kept_at, withdrawn_at=taken_back, later=tuple(later))


def judge_promise(promise: Promise, *, at: datetime) -> rules.Judged:
    """Its outcome and days late as of a moment."""
    return rules.judge(chain_of(promise), as_of=at, zone=_zone())


def rates_of(promises: "PromiseQuery", *, at: datetime) -> rules.Rates:
    """The rates of these promises; the window is the caller's filter on the first due date."""
    chains = [chain_of(promise) for promise in promises.prefetch_related("dates")]
    return rules.rate_promises(chains, as_of=at, zone=_zone())


@dataclass(frozen=True, slots=True)
class Outline:
    """As much of a promise as counting needs; `client` is the one that stayed, where two were merged."""

    pk: int
    maker: int
    client: int
    due_at: datetime
    current_due_at: datetime
    is_open: bool
    moved: bool
    judged: rules.Judged

    @property
    def is_broken(self) -> bool:
        return self.judged.outcome in rules.BROKEN


def outlines_of(promises: "PromiseQuery", *, at: datetime) -> list[Outline]:
    """All of these promises with what became of them, in their order; two statements, however many they are."""
    ids = promises.order_by().values("pk")
    later: dict[int, list[rules.LaterDate]] = defaultdict(list)
    steps = PromiseDate.objects.filter(promise__in=ids).order_by("promise", "position")
    for pk, due, informed, made in steps.values_list("promise", "due_at", "client_informed_at", "made_at"):
        later[pk].append(rules.LaterDate(due, informed_at=informed, made_at=made))
    zone = _zone()
    columns = ("pk", "made_by", holder_of(), "due_at", "current_due_at", "kept_at", "withdrawn_at", "made_at")
    found = []
    for pk, maker, client, due, current, kept, withdrawn, made in promises.values_list(*columns):
        judged = rules.judge(_chain(due, kept, withdrawn, made, later.get(pk, ())), as_of=at, zone=zone)
        found.append(Outline(pk, maker, client, due, current, not (kept or withdrawn), pk in later, judged))
    return found


def rates_by_client(promises: "PromiseQuery", *, at: datetime) -> dict[int, rules.Rates]:
    """The rates of each client that has any of these promises; those of a merged one count for who stayed."""
    chains: dict[int, list[rules.Promise]] = defaultdict(list)
    for promise in promises.annotate(holder=holder_of()).prefetch_related("dates"):
        chains[vars(promise)["holder"]].append(chain_of(promise))
    return {client: rules.rate_promises(rows, as_of=at, zone=_zone()) for client, rows in chains.items()}


def late_makers(makers: Iterable[int], *, at: datetime) -> set[int]:
    """Those of these people whose lateness is a habit, by all their promises first due in the last 90 days."""
    wanted = set(makers)
    if not wanted:
        return set()
    recent = Promise.objects.filter(made_by__in=wanted, due_at__range=(at - HABIT, at)).prefetch_related("dates")
    outcomes: dict[int, list[rules.Outcome]] = defaultdict(list)
    for promise in recent:
        outcomes[promise.made_by_id].append(judge_promise(promise, at=at).outcome)
    return {maker for maker, found in outcomes.items() if rules.is_systematic(found)}


def lateness_of(promises: Iterable[Promise], *, at: datetime) -> dict[int, rules.Lateness]:
    """By id, of each late one of these promises: a slip or a habit. Two statements at most after `with_chain()`."""
    late = {row: outcome for row in promises if (outcome := judge_promise(row, at=at).outcome) in rules.BROKEN}
    habitual = late_makers((row.made_by_id for row in late), at=at)
    found = {row.pk: rules.lateness(late[row], by_habit=row.made_by_id in habitual) for row in late}
    return {pk: lateness for pk, lateness in found.items() if lateness}


def refresh_promises(clients: Iterable[int], *, at: datetime) -> int:
    """Writes how many promises of the last twelve months were decided and honoured, for these clients."""
    ids = list(clients)
    wanted = Q(client__in=ids) | Q(client__merged_into__in=ids)
    recent = Promise.objects.filter(wanted, due_at__range=(at - WINDOW, at + WINDOW))
    found, nothing = rates_by_client(recent, at=at), rules.rate_promises([], as_of=at, zone=_zone())
    rates = {pk: found.get(pk, nothing) for pk in ids}
    figures = {
        pk: {"promises_n": each.n, "promises_honoured": each.kept + each.renegotiated_kept}
        for pk, each in rates.items()
    }
    return write_figures("promises", figures, as_of=timezone.localdate(at))


def _zone() -> ZoneInfo:
    return ZoneInfo(timezone.get_current_timezone_name())
