"""What changed after an idea was done or a measure began: complaints, losses and NPS, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min

from clients.models import Client, ClientAnchor, Complaint
from clients.models.client import holder_of
from clients.services.status import losses_by
from loyalty.models import Idea, RetentionMeasure
from loyalty.rules import nps as scores
from loyalty.rules.effects import Change, Windows, client_days, compare, windows
from loyalty.services.concentration import fraction
from loyalty.services.nps import newest_answers


class Care(NamedTuple):
    """A client's time with us; the day of the loss is None while it lasts. The tier is today's, or the last one."""

    client: int
    started_on: date
    lost_on: date | None
    tier: str


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
    """`losses` and `complaints` of the clients concerned per 100 and year; `nps` None without answers on a side."""

    clients: int
    losses: Effect
    complaints: Effect
    nps: scores.Change | None


def read_care(*, on: date) -> list[Care]:
    """Clients that were ever ours by a day, lost ones too, so that nobody counts only because they stayed."""
    rows = Client.objects.current().exclude(status=Client.Status.PROSPECT).order_by("pk")
    first = dict(ClientAnchor.objects.values_list("client").annotate(day=Min("first_on")).order_by())
    lost = losses_by(on=on)
    found = []
    for pk, since_on, tier in rows.values_list("pk", "since_on", "tier"):
        start = since_on or first.get(pk)
        if start and start <= on:
            since = lost.get(pk)
            found.append(Care(pk, start, since.on if since else None, tier))
    return found


def measure_effects(measures: Sequence[RetentionMeasure], *, on: date) -> dict[int, MeasureEffect]:
    """Losses, complaints and NPS of the clients that each measure is for, as long before its first day as after."""
    if not measures:
        return {}
    care = read_care(on=on)
    rows = Complaint.objects.filter(received_on__lte=on).order_by().values_list(holder_of(), "received_on")
    complaints = list(rows)
    return {row.pk: _measured(row, _concerned(row, care, on=on), complaints, on=on) for row in measures}


def _measured(
    measure: RetentionMeasure, care: Mapping[int, Care], complaints: Sequence[tuple[int, date]], *, on: date
) -> MeasureEffect:
    until, concerned = min(on, measure.ended_on or on), list(care.values())
    lost = [each.lost_on for each in concerned if each.lost_on]
    complained = [day for client, day in complaints if client in care and care[client].started_on <= day]
    losses = effect(measure.started_on, lost, concerned, on=until)
    return MeasureEffect(
        clients=len(care),
        losses=losses,
        complaints=effect(measure.started_on, complained, concerned, on=until),
        nps=_nps_change(losses.windows, care),
    )


def _concerned(measure: RetentionMeasure, care: Sequence[Care], *, on: date) -> dict[int, Care]:
    """Those of the tier; with a service line from its first use on, so that nobody counts before they could."""
    rows = [each for each in care if measure.tier in {"", each.tier}]
    if measure.service_line is not None:
        used = ClientAnchor.objects.filter(service_line=measure.service_line, first_on__lte=on)
        first = {client: day for client, day in used.values_list("client", "first_on") if day}
        rows = [
            each._replace(started_on=max(each.started_on, first[each.client])) for each in rows if each.client in first
        ]
    return {each.client: each for each in rows if each.lost_on is None or each.started_on < each.lost_on}


def _nps_change(found: Windows | None, care: Mapping[int, Care]) -> scores.Change | None:
    if found is None:
        return None
    given = [newest_answers(window) for window in found]
    before, after = (scores.count(each.score for each in side if each.client in care) for side in given)
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
    spans = [(each.started_on, each.lost_on) for each in care]
    counts = [sum(day in window for day in events) for window in found]
    days = [client_days(spans, window) for window in found]
    return Effect(found, compare(counts[0], days[0], counts[1], days[1]))
