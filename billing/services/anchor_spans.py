"""When each service line tied each client: the first and last day of use, and what lies on offer now.

Written to clients, whose grid of white space reads it; from the rollups, contracts and offers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from django.db.models import Max, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from billing.models import Offer, Retainer, RevenueDay, WorkMonth
from clients.models import ServiceLine
from clients.models.client import holder_of
from clients.services.anchors import Span, write_anchors


def refresh_anchors(clients: Collection[int], *, held: Mapping[int, AbstractSet[str]], on: date) -> int:
    """Writes the anchors of these clients (by id); `held` are the codes in use on the day. Says how many there are."""
    spans = _used(clients, on)
    codes = dict(ServiceLine.objects.values_list("pk", "code"))
    for (client, line), span in spans.items():
        span.is_active = codes[line] in held.get(client, ())
    offers = Offer.objects.waiting(on=on) | Offer.objects.running()
    sent = _of(clients, offers.filter(service_line__isnull=False, sent_at__isnull=False))
    for client, line, sent_at in sent.values_list(holder_of(), "service_line").annotate(Min("sent_at")):
        spans[client, line].offered_on = timezone.localdate(sent_at)
    return write_anchors(spans, of=clients, as_of=on)


def _used(clients: Collection[int], on: date) -> dict[tuple[int, int], Span]:
    """What makes an anchor, over all time: revenue, approved prepaid minutes, a retainer for the line."""
    revenue = RevenueDay.objects.standing().filter(issued_on__lte=on, service_line__isnull=False)
    prepaid = WorkMonth.objects.filter(prepaid_minutes__gt=0, month_on__lte=on, service_line__isnull=False)
    retained = Retainer.objects.begun(on=on).filter(service_lines__isnull=False)
    until = Least(Coalesce("ended_on", Value(on)), Value(on))
    spans: dict[tuple[int, int], Span] = defaultdict(Span)
    for rows, line, first, last in (
        (revenue, "service_line", "issued_on", "issued_on"),
        (prepaid, "service_line", "month_on", "month_on"),
        (retained, "service_lines", "starts_on", until),
    ):
        found = _of(clients, rows).values_list(holder_of(), line)
        for client, key, begun, ended in found.annotate(begun=Min(first), ended=Max(last)):
            spans[client, key].widen(begun, ended)
    return spans


def _of(clients: Iterable[int], rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """The rows of these clients and of those merged into them."""
    return rows.filter(Q(client__in=clients) | Q(client__merged_into__in=clients)).order_by()
