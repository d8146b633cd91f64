"""One typed line as work to log: billing.rules.quick_entry reads it, here names meet the clients a person may see."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from billing.models import Engagement, TimeEntry
from billing.rules.durations import DurationProblem
from billing.rules.name_match import Named
from billing.rules.quick_entry import EntryProblem, Problem, QuickEntry, TokenKind, read_entry
from clients.models import Client, ServiceLine
from crm.models import User

MOST_CANDIDATES = 8


@dataclass(frozen=True)
class Reading:
    """What a line says to a person: the entry, when it is complete, else what stands in the way."""

    said: QuickEntry
    client: Client | None = None
    entry: TimeEntry | None = None
    problems: tuple[Problem, ...] = ()
    candidates: tuple[Client, ...] = ()


def read_line(
    line: str,
    *,
    user: User,
    today: date,
    on: date | None = None,
    client_id: int | None = None,
    reason: str = "",
    timed: bool = False,
) -> Reading:
    """Understands a line typed by `user` on the day `today`; `client_id` is their choice among several.

    `on` is the day meant where the line names none; `timed` reads a line for the timer, which needs no duration.
    Writes nothing and guesses nothing.
    """
    lines = [Named(row.pk, (row.code, row.name, row.name_ru, row.name_de)) for row in _service_lines()]
    bare = read_entry(line, today=today, clients=(), service_lines=lines)
    clients = _named_like(bare, user, client_id)
    named = [Named(client.pk, _names_of(client)) for client in clients.values()]
    said = _on_day(read_entry(line, today=today, clients=named, service_lines=lines), on)
    problems = tuple(problem for problem in said.problems if not (timed and problem.code == DurationProblem.MISSING))
    client = clients.get(said.client_id or 0)
    entry = None if problems or client is None else _entry(said, user, client, reason)
    meant = [pk for problem in problems if problem.code == EntryProblem.CLIENT_AMBIGUOUS for pk in problem.candidates]
    candidates = tuple(clients[pk] for pk in meant[:MOST_CANDIDATES])
    return Reading(said, client, entry, problems, candidates)


def _names_of(client: Client) -> tuple[str, ...]:
    return (client.name, client.legal_name) if client.shows("legal_name") else (client.name,)


def _on_day(said: QuickEntry, on: date | None) -> QuickEntry:
    named = any(token.kind is TokenKind.DAY for token in said.tokens)
    return said if on is None or named else replace(said, worked_on=on)


def _service_lines() -> list[ServiceLine]:
    return list(ServiceLine.objects.filter(is_active=True))


def _named_like(bare: QuickEntry, user: User, client_id: int | None) -> dict[int, Client]:
    """The clients whose name holds the first word that can only be a name; the chosen one alone, if there is one."""
    typed = next((problem.typed for problem in bare.problems if problem.code == EntryProblem.CLIENT_UNKNOWN), "")
    if not typed:
        return {}
    word = typed.split()[0].strip("«»\"'„“”,;:")
    rows = (
        Client.objects.visible_to(user).current().with_shown_figures(user).select_related("default_seller", "figures")
    )
    if client_id:
        rows = rows.filter(pk=client_id)
    legal = Q(("bills", True), legal_name__unaccent__icontains=word)
    found = rows.filter(Q(name__unaccent__icontains=word) | legal)
    return {client.pk: client for client in found}


def _entry(said: QuickEntry, user: User, client: Client, reason: str) -> TimeEntry:
    entry = TimeEntry(
        employee=user,
        client=client,
        worked_on=said.worked_on,
        description=said.description[:1000],
        service_line_id=said.service_line_id,
        minutes=said.minutes or 0,
        billing_type=said.billing_type or TimeEntry.BillingType.BILLABLE,
        reason=reason,
    )
    entry.engagement = engagement_of(user, client, service_line_id=said.service_line_id)
    if said.starts and said.ends:
        entry.started_at = timezone.make_aware(datetime.combine(said.worked_on, said.starts))
        later = timedelta(days=1) if said.ends <= said.starts else timedelta(0)
        entry.ended_at = timezone.make_aware(datetime.combine(said.worked_on + later, said.ends))
    return entry


def engagement_of(user: User, client: Client, *, service_line_id: int | None = None) -> Engagement | None:
    """The one open engagement that this person has with the client, or the one of the service; none if unclear."""
    rows = Engagement.objects.open().filter(client=client, members__user=user, members__to_on=None)
    found = list(rows.select_related("offer", "lead", "seller")[:MOST_CANDIDATES])
    if len(found) > 1 and service_line_id:
        found = [row for row in found if row.service_line_id == service_line_id]
    return found[0] if len(found) == 1 else None
