"""The client card and its tabs; what upper floors know is loaded into it by URL name."""

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from clients.models import Client, Contact, Task
from clients.panels import Place, panel_named, panels_for
from clients.reports import card
from clients.reports.coverage import formal_only
from clients.reports.first_orders import has_plan
from clients.reports.history import history
from clients.reports.timeline import LIMIT, latest_touches, timeline
from clients.views.parts import card_context
from crm.web.fragments import page
from crm.web.rights import SignedIn, requires

LATEST = 5
TASKS = 5


@require_safe
@requires("client.see")
def client(request: SignedIn, pk: int) -> HttpResponse:
    """Overview; of a client that is not open to the person exactly the card: name, tier, owner, people."""
    found = get_object_or_404(card.card_rows(request.user), pk=pk)
    now = timezone.now()
    people = list(Contact.objects.visible_to(request.user).filter(client__in=found.family).here().with_touch())
    context = card_context(request.user, found, tab="overview") | {"people": people}
    if found.is_open:
        context |= _overview(request, found, people, now)
    return page(request, "clients/client.html", context, fragment="body")


def _overview(request: SignedIn, found: Client, people: list[Contact], now: datetime) -> dict[str, object]:
    spots = card.stakeholder_map(people)
    return {
        "promises": card.promise_facts(found, request.user, at=now),
        "spots": spots,
        "map_words": card.map_words(spots),
        "coverage": card.coverage_words(found, people, on=timezone.localdate(now)),
        "members": found.members.current(on=timezone.localdate(now)).select_related("user"),
        "has_plan": has_plan(found, on=timezone.localdate(now)),
        "tasks": _due_tasks(request, found, now),
        "events": latest_touches(found, request.user, before=now, limit=LATEST),
        "main_panels": panels_for(request.user, Place.MAIN),
        "aside_panels": panels_for(request.user, Place.ASIDE),
    }


def _coverage(found: Client, people: list[Contact], now: datetime) -> list[str]:
    """Who is not reached there, and whether only engineers or only mail came by."""
    words = card.coverage_words(found, people, on=timezone.localdate(now))
    return [*words, str(card.FORMAL_WORDS)] if formal_only([found.pk], at=now) else words


def _due_tasks(request: SignedIn, found: Client, now: datetime) -> list[Task]:
    rows = Task.objects.due(at=now).visible_to(request.user).filter(client__in=found.family)
    return list(rows.select_related("contact")[:TASKS])


@require_safe
@requires("client.see")
def client_people(request: SignedIn, pk: int) -> HttpResponse:
    found = get_object_or_404(card.card_rows(request.user), pk=pk)
    rows = Contact.objects.visible_to(request.user).filter(client__in=found.family).with_touch()
    people = list(rows.prefetch_related("listens_to__speaker"))
    spots = card.stakeholder_map(person for person in people if person.left_on is None) if found.is_open else []
    edges = [(person, [edge.speaker for edge in person.listens_to.all()]) for person in people]
    context = {
        "people": people,
        "spots": spots,
        "map_words": card.map_words(spots),
        "coverage": _coverage(found, people, timezone.now()) if found.is_open else [],
        "edges": [(person, heard) for person, heard in edges if heard],
    }
    return page(request, "clients/client_people.html", card_context(request.user, found, tab="people") | context)


@require_safe
@requires("interaction.see")
def client_timeline(request: SignedIn, pk: int) -> HttpResponse:
    found = _open_card(request, pk)
    before = parse_datetime(request.GET.get("before", "").replace(" ", "+")) or timezone.now()
    events = timeline(found, request.user, before=before)
    older = events[-1].at.isoformat() if len(events) == LIMIT else ""
    context = card_context(request.user, found, tab="timeline") | {"events": events, "older": older}
    return page(request, "clients/client_timeline.html", context, fragment="events" if "before" in request.GET else "")


@require_safe
@requires("promise.see")
def client_promises(request: SignedIn, pk: int) -> HttpResponse:
    found = _open_card(request, pk)
    facts = card.promise_facts(found, request.user, at=timezone.now())
    context = card_context(request.user, found, tab="promises") | {"promises": facts}
    return page(request, "clients/client_promises.html", context, fragment="body")


@require_safe
@requires("client.see")
def client_history(request: SignedIn, pk: int) -> HttpResponse:
    """Tiers and statuses with their reasons, and the audit trail of the master data."""
    found = _open_card(request, pk)
    context = {
        "tier_changes": found.tier_changes.select_related("made_by"),
        "status_changes": found.status_changes.select_related("made_by"),
        "entries": history(found, request.user),
        "merged": found.merged.visible_to(request.user),
    }
    return page(request, "clients/client_history.html", card_context(request.user, found, tab="history") | context)


@require_safe
@requires("client.see")
def client_panel(request: SignedIn, pk: int, code: str) -> HttpResponse:
    """A tab that an upper floor fills."""
    found = get_object_or_404(card.card_rows(request.user), pk=pk)
    panel = panel_named(code, request.user, is_open=found.is_open)
    if panel is None:
        raise Http404
    context = card_context(request.user, found, tab=code) | {"panel": panel, "panel_url": panel.url_for(found)}
    return page(request, "clients/client_panel.html", context)


def _open_card(request: SignedIn, pk: int) -> Client:
    """A client that the person sees in full; of others there is only the card."""
    found: Client = get_object_or_404(card.card_rows(request.user), pk=pk, is_open=True)
    return found
