"""The grid of white space: clients against service lines, and what similar clients took next."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientAnchor, Need, ServiceLine
from clients.models.need import OVER
from clients.rules.whitespace import AnchorState, Holder, NextAnchor, anchor_state, next_anchors

STATES = {
    AnchorState.ACTIVE: _("active anchor"),
    AnchorState.PROPOSED: _("proposed"),
    AnchorState.LAPSED: _("lapsed"),
    AnchorState.NEVER: _("never"),
}
REFUSED_FOR = timedelta(days=365)
"""So long a service that was not wanted is no suggestion [our choice]."""


@dataclass(frozen=True, slots=True)
class Cell:
    line: ServiceLine
    state: AnchorState
    span: ClientAnchor | None = None
    need: Need | None = None

    @property
    def words(self) -> str:
        return str(STATES[self.state])

    @property
    def on(self) -> date | None:
        """Since when it is used or offered, until when it was."""
        span, need = self.span, self.need
        if self.state is AnchorState.PROPOSED:
            return span.offered_on if span and span.offered_on else need.mentioned_on if need else None
        if span is None:
            return None
        return span.first_on if self.state is AnchorState.ACTIVE else span.last_on


@dataclass(frozen=True, slots=True)
class Row:
    client: Client
    cells: Sequence[Cell]
    next: NextAnchor | None
    next_line: ServiceLine | None

    @property
    def anchors(self) -> Sequence[ServiceLine]:
        """Those in use, after which the next one comes."""
        return [cell.line for cell in self.cells if cell.state is AnchorState.ACTIVE]


def lines_shown() -> list[ServiceLine]:
    """The columns: what the firm sells now."""
    return list(ServiceLine.objects.filter(is_active=True).order_by("code"))


def whitespace_rows(clients: Sequence[Client], lines: Sequence[ServiceLine], *, on: date) -> list[Row]:
    """The grid of these clients in two statements, however many they are."""
    ids = {client.pk for client in clients}
    spans = _spans(clients)
    needs = _needs(ids, on)
    firm = _holders(spans)
    held = {holder.id: holder for holder in firm}
    offered = {(span.client_id, span.service_line_id) for span in spans if span.offered_on}
    barred = _barred(offered, needs)
    found = next_anchors([held[pk] for pk in ids if pk in held], firm, barred=barred)
    by_key = {(span.client_id, span.service_line_id): span for span in spans}
    named = {line.pk: line for line in lines}
    rows = []
    for client in clients:
        cells = [_cell(line, by_key.get((client.pk, line.pk)), needs.get((client.pk, line.pk))) for line in lines]
        best = found.get(client.pk)
        rows.append(Row(client, cells, best, named.get(best.line) if best else None))
    return rows


type Key = tuple[int, int]


def _spans(clients: Iterable[Client]) -> list[ClientAnchor]:
    """Anchors of these clients and of all others of their industries and tiers."""
    industries, tiers = {client.industry for client in clients} - {""}, {client.tier for client in clients}
    alike = Q(client__industry__in=industries) | Q(client__tier__in=tiers)
    rows = ClientAnchor.objects.filter(alike | Q(client__in=[client.pk for client in clients]))
    read = ("service_line", "first_on", "last_on", "is_active", "offered_on", "client__industry", "client__tier")
    return list(rows.filter(service_line__is_active=True).select_related("client").only(*read).order_by("pk"))


def _needs(ids: Collection[int], on: date) -> Mapping[Key, Need]:
    """By client and line: the unfinished need, else the last one that was not wanted lately."""
    lately = Q(status=Need.Status.DROPPED, closed_on__gte=on - REFUSED_FOR)
    mine = Q(client__in=ids) | Q(client__merged_into__in=ids)
    rows = Need.objects.filter(mine, ~Q(status__in=OVER) | lately).select_related("client")
    found: dict[Key, Need] = {}
    for need in rows.order_by(F("closed_on").asc(nulls_first=True), "pk"):
        found.setdefault((need.client.holder_id, need.service_line_id), need)
    return found


def _holders(spans: Iterable[ClientAnchor]) -> list[Holder]:
    rows: dict[int, list[ClientAnchor]] = defaultdict(list)
    for span in spans:
        if span.first_on:
            rows[span.client_id].append(span)
    return [
        Holder(
            pk,
            mine[0].client.industry,
            mine[0].client.tier,
            {span.service_line_id: span.first_on for span in mine if span.first_on},
            frozenset(span.service_line_id for span in mine if span.is_active),
        )
        for pk, mine in rows.items()
    ]


def _barred(offered: Iterable[Key], needs: Mapping[Key, Need]) -> Mapping[int, set[int]]:
    """What is no suggestion any more: on offer, proposed, or not wanted lately."""
    barred: dict[int, set[int]] = defaultdict(set)
    told = [key for key, need in needs.items() if need.status in (Need.Status.PROPOSED, Need.Status.DROPPED)]
    for client, line in [*offered, *told]:
        barred[client].add(line)
    return barred


def _cell(line: ServiceLine, span: ClientAnchor | None, need: Need | None) -> Cell:
    live = need if need and not need.is_over else None
    state = anchor_state(
        is_active=bool(span and span.is_active),
        is_proposed=bool((span and span.offered_on) or (live and live.status == Need.Status.PROPOSED)),
        was_used=bool(span and span.first_on),
    )
    return Cell(line, state, span, live)
