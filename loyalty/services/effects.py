"""What changed after an idea was done: complaints per client and year, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Min

from clients.models import Client, ClientAnchor, Complaint
from clients.models.client import ClientQuery
from clients.services.status import losses_by
from loyalty.models import Idea
from loyalty.rules.effects import Change, Windows, client_days, compare, windows
from loyalty.services.concentration import fraction


class Care(NamedTuple):
    """A client's time with us; the day of the loss is None while it lasts."""

    client: int
    started_on: date
    lost_on: date | None


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


def read_care(clients: ClientQuery | None = None, *, on: date) -> list[Care]:
    """Clients that were ever ours by a day, lost ones too, so that nobody counts only because they stayed."""
    rows = (Client.objects.all() if clients is None else clients).current().exclude(status=Client.Status.PROSPECT)
    first = dict(ClientAnchor.objects.values_list("client").annotate(day=Min("first_on")).order_by())
    lost = losses_by(on=on)
    found = []
    for pk, since_on in rows.order_by("pk").values_list("pk", "since_on"):
        start = since_on or first.get(pk)
        if start and start <= on:
            since = lost.get(pk)
            found.append(Care(pk, start, since.on if since else None))
    return found


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
