"""What changed after an idea was done or a measure began: complaints, losses and NPS, before and after."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min, Q
from django.utils import timezone

from clients.models import Client, ClientAnchor, Complaint, StatusChange, TierChange
from clients.models.client import holder_of
from clients.rules.status import StatusDate
from clients.services.status import losses_by
from loyalty.models import Idea, RetentionMeasure
from loyalty.rules import nps as scores
from loyalty.rules.effects import Change, Windows, client_days, compare, stays, windows
from loyalty.services.concentration import fraction
from loyalty.services.nps import newest_answers


class Care(NamedTuple):
    """One stay of a client; `ended_on` is None while it lasts. The tier is today's, or the last one.

    It ended by a loss that a person confirmed, or was never called lost and `is_silent` since its last revenue.
    """

    client: int
    started_on: date
    ended_on: date | None
    tier: str
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """`windows` is None while it is too early, `change` None where there is nothing to compare."""

    windows: Windows | None
    change: Change | None

    @property
    def figures(self) -> dict[str, Decimal | None]:
        """Rates and ratio as pages print them."""
        names = ("before_rate", "after_rate", "ratio", "low", "high")
        values = {name: getattr(self.change, name) for name in names} if self.change else {}
        return {name: None if value is None else fraction(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class MeasureEffect:
    """`losses` and `complaints` of the clients concerned per 100 and year; `nps` None without answers on a side.

    `silent` clients are no losses: nobody confirmed that they left, and their silence may have begun before.
    """

    clients: int
    silent: int
    losses: Effect
    complaints: Effect
    nps: scores.Change | None


def read_care(*, on: date) -> list[Care]:
    """Stays of clients that were ever ours by a day, lost ones too, so that nobody counts only because they stayed."""
    rows = Client.objects.current().exclude(status=Client.Status.PROSPECT).order_by("pk")
    first = dict(ClientAnchor.objects.values_list("client").annotate(day=Min("first_on")).order_by())
    moves, lost = _moves(on), losses_by(on=on)
    found: list[Care] = []
    for pk, since_on, tier, last in rows.values_list("pk", "since_on", "tier", "figures__last_revenue_on"):
        start = since_on or first.get(pk)
        if start and start <= on:
            spans = [Care(pk, begun, end, tier) for begun, end in stays(start, moves.get(pk, ()))]
            found += [*spans[:-1], _ended(spans[-1], lost.get(pk), last)]
    return found


def _moves(on: date) -> dict[int, list[tuple[date, bool]]]:
    """Losses (True) and returns of each client as they were said."""
    lost = Client.Status.LOST
    rows = StatusChange.objects.filter(Q(new=lost) | Q(old=lost), confirmed_on__lte=on).order_by("made_at", "pk")
    found: dict[int, list[tuple[date, bool]]] = defaultdict(list)
    for client, day, new in rows.values_list("client_id", "confirmed_on", "new"):
        found[client].append((day, new == lost))
    return found


def _ended(stay: Care, since: StatusDate | None, last_revenue_on: date | None) -> Care:
    """The last stay, which may have ended without a word in the history: lost when it was taken over, or silent."""
    if stay.ended_on or since is None:
        return stay
    if since.is_confirmed:
        return stay._replace(ended_on=since.on)
    is_silent = last_revenue_on is not None and last_revenue_on >= stay.started_on
    return stay._replace(ended_on=last_revenue_on, is_silent=True) if is_silent else stay


def measure_effects(measures: Sequence[RetentionMeasure], *, on: date) -> dict[int, MeasureEffect]:
    """Losses, complaints and NPS of the clients that each measure is for, as long before its first day as after."""
    if not measures:
        return {}
    care = read_care(on=on)
    rows = Complaint.objects.filter(received_on__lte=on).order_by().values_list(holder_of(), "received_on")
    complaints, tiers = list(rows), _tier_changes()
    return {row.pk: _measured(row, _concerned(row, care, tiers, on=on), complaints, on=on) for row in measures}


def _measured(
    measure: RetentionMeasure, care: Sequence[Care], complaints: Sequence[tuple[int, date]], *, on: date
) -> MeasureEffect:
    until = min(on, measure.ended_on or on)
    begun = {each.client: each.started_on for each in reversed(care)}
    lost = [each.ended_on for each in care if each.ended_on and not each.is_silent]
    complained = [day for client, day in complaints if client in begun and begun[client] <= day]
    losses = effect(measure.started_on, lost, care, on=until)
    return MeasureEffect(
        clients=len(begun),
        silent=sum(each.is_silent for each in care),
        losses=losses,
        complaints=effect(measure.started_on, complained, care, on=until),
        nps=_nps_change(losses.windows, begun.keys()),
    )


def _tier_changes() -> list[tuple[int, str, date]]:
    """Of every change the client, the tier before and the day, the earliest first."""
    rows = TierChange.objects.order_by("made_at", "pk").values_list("client_id", "old", "made_at")
    return [(client, old, timezone.localdate(at)) for client, old, at in rows]


def _concerned(
    measure: RetentionMeasure, care: Sequence[Care], tiers: Sequence[tuple[int, str, date]], *, on: date
) -> list[Care]:
    """Those of the tier when it began; with a service line from its first use on: nobody counts before they could.

    Today's tier would follow what the measure did.
    """
    then = {client: old for client, old, day in reversed(tiers) if day > measure.started_on}
    rows = [each for each in care if measure.tier in {"", then.get(each.client, each.tier)}]
    if measure.service_line is not None:
        used = ClientAnchor.objects.filter(service_line=measure.service_line, first_on__lte=on)
        first = {client: day for client, day in used.values_list("client", "first_on") if day}
        rows = [
            each._replace(started_on=max(each.started_on, first[each.client])) for each in rows if each.client in first
        ]
    return [each for each in rows if each.ended_on is None or each.started_on < each.ended_on]


def _nps_change(found: Windows | None, clients: Set[int]) -> scores.Change | None:
    if found is None:
        return None
    given = [newest_answers(window) for window in found]
    before, after = (scores.count(each.score for each in side if each.client in clients) for side in given)
    return scores.change(before, after)


def complaint_days(*, on: date) -> list[date]:
    return list(Complaint.objects.filter(received_on__lte=on).order_by().values_list("received_on", flat=True))


def idea_effects(ideas: Sequence[Idea], *, on: date) -> Mapping[int, Effect]:
    """Of each idea that is done: complaints of the whole firm per 100 clients and year, before its day and after."""
    done = [(idea.pk, idea.done_on) for idea in ideas if idea.done_on]
    if not done:
        return {}
    care, complaints = read_care(on=on), complaint_days(on=on)
    return {pk: effect(day, complaints, care, on=on) for pk, day in done}


def effect(changed_on: date, events: Sequence[date], care: Sequence[Care], *, on: date) -> Effect:
    """How often something happened to these clients before a day and after."""
    found = windows(changed_on, until=on)
    if found is None:
        return Effect(None, None)
    spans = [(each.started_on, each.ended_on) for each in care]
    counts = [sum(day in window for day in events) for window in found]
    days = [client_days(spans, window) for window in found]
    return Effect(found, compare(counts[0], days[0], counts[1], days[1]))
