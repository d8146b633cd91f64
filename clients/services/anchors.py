"""The door through which billing says which service lines clients use, used and were offered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from clients.models import Client, ClientAnchor

FIELDS = ("first_on", "last_on", "is_active", "offered_on", "as_of_on")


@dataclass(slots=True)
class Span:
    """The use of a line by a client; without days it was only offered."""

    first_on: date | None = None
    last_on: date | None = None
    is_active: bool = False
    offered_on: date | None = None

    def widen(self, first: date, last: date) -> None:
        self.first_on = min(first, self.first_on or first)
        self.last_on = max(last, self.last_on or last)


type Spans = Mapping[tuple[int, int], Span]
"""By the ids of client and service line."""


@transaction.atomic
def write_anchors(spans: Spans, *, of: Collection[int], as_of: date) -> int:
    """Makes the anchors of these clients (by id) exactly the spans given; says how many there are. Safe to repeat."""
    list(Client.objects.filter(pk__in=of).locked().values_list("pk"))
    wanted = {key: span for key, span in spans.items() if key[0] in set(of)}
    kept = ClientAnchor.objects.filter(client__in=of).values_list("pk", "client_id", "service_line_id")
    ClientAnchor.objects.filter(pk__in=[pk for pk, *key in kept if tuple(key) not in wanted]).delete()
    rows = [
        ClientAnchor(
            client_id=client,
            service_line_id=line,
            first_on=span.first_on,
            last_on=span.last_on,
            is_active=span.is_active,
            offered_on=span.offered_on,
            as_of_on=as_of,
        )
        for (client, line), span in sorted(wanted.items(), key=lambda pair: pair[0])
    ]
    ClientAnchor.objects.bulk_create(
        rows, batch_size=1000, update_conflicts=True, unique_fields=["client", "service_line"], update_fields=FIELDS
    )
    return len(rows)
