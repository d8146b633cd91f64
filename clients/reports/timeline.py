"""The timeline of a client: what we know here and what upper floors hand in, newest first."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, Contact, Interaction, ProactiveAct, Promise, PromiseDate
from clients.models.firm import Tier
from clients.panels import ShownAct, touch_acts_for
from clients.services.promise_rates import judge_promise
from crm.access import may
from crm.models import User

if TYPE_CHECKING:
    from clients.rules.promises import Judged

LIMIT = 50
ICONS = {
    "call": "phone",
    "meeting": "users",
    "email": "mail",
    "message": "message",
    "social": "friends",
    "hospitality": "tools-kitchen-2",
}


@dataclass(frozen=True, slots=True)
class Event:
    """`key` such as `interaction:17` names the row; `aside` stands at the right (minutes, an amount)."""

    at: datetime
    key: str
    icon: str
    title: str
    text: str = ""
    who: str = ""
    aside: str = ""
    url: str = ""
    acts: Sequence[ShownAct] = ()

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]


type Source = Callable[[Client, User, datetime, int], Iterable[Event]]
_sources: list[Source] = []


def register_source(*sources: Source) -> None:
    """Adds events of an upper floor: `source(client, user, before, limit)` gives the newest before a moment."""
    _sources.extend(source for source in sources if source not in _sources)


def timeline(client: Client, user: User, *, before: datetime, limit: int = LIMIT) -> list[Event]:
    """The newest events before a moment, at most `limit`; the last one's moment asks for the next page."""
    parts = (source(client, user, before, limit) for source in (*OWN, *_sources))
    events = [event for part in parts for event in part]
    return sorted(events, key=lambda event: (event.at, event.key), reverse=True)[:limit]


def latest_touches(client: Client, user: User, *, before: datetime, limit: int) -> list[Event]:
    """Only the calls and meetings, in three statements, without acts: for the card, its timeline is a click away."""
    return list(_interactions(client, user, before, limit, with_acts=False))


def _interactions(
    client: Client, user: User, before: datetime, limit: int, *, with_acts: bool = True
) -> Iterator[Event]:
    rows = Interaction.objects.visible_to(user).with_may_change(Interaction.objects.changeable_by(user))
    rows = rows.filter(client__in=client.family, occurred_at__lt=before)
    found = list(rows.prefetch_related("contacts", "employees").order_by("-occurred_at")[:limit])
    acts = touch_acts_for(user, found) if with_acts else {}
    for row in found:
        yield Event(
            at=row.occurred_at,
            key=f"interaction:{row.pk}",
            icon=_icon_of(row),
            title=title_of(row),
            text=row.summary,
            who=", ".join(str(person) for person in row.employees.all()),
            aside=_minutes(row.minutes),
            url=reverse("clients:interaction_edit", args=[row.pk]) if row.may_change else "",
            acts=acts.get(row.pk, ()),
        )


def title_of(row: Interaction) -> str:
    """Call with Petra Hofmann."""
    met = ", ".join(str(contact) for contact in row.contacts.all())
    return _("%(kind)s with %(people)s") % {"kind": _kind_of(row), "people": met} if met else _kind_of(row)


def _promises(client: Client, user: User, before: datetime, limit: int) -> Iterator[Event]:
    rows = Promise.objects.visible_to(user).filter(client__in=client.family)
    for row in rows.filter(made_at__lt=before).with_chain().order_by("-made_at")[:limit]:
        yield _promise_event(row, row.made_at, "made", _("Promise made"))
    for row in rows.filter(kept_at__lt=before).with_chain().order_by("-kept_at")[:limit]:
        if row.kept_at:
            yield _promise_event(row, row.kept_at, "kept", _kept_words(judge_promise(row, at=row.kept_at)))


def _moves(client: Client, user: User, before: datetime, limit: int) -> Iterator[Event]:
    rows = PromiseDate.objects.filter(promise__in=Promise.objects.visible_to(user).filter(client__in=client.family))
    for row in rows.filter(made_at__lt=before).select_related("promise", "made_by").order_by("-made_at")[:limit]:
        yield Event(
            at=row.made_at,
            key=f"promise_date:{row.pk}",
            icon="alert-triangle",
            title=_("Warned in advance") if row.client_informed_at else _("Date moved"),
            text=f"{row.promise.text}. {row.reason}",
            who=str(row.made_by),
            aside=timezone.localdate(row.due_at).isoformat(),
            url=reverse("clients:promise", args=[row.promise_id]),
        )


def _changes(client: Client, _user: User, before: datetime, limit: int) -> Iterator[Event]:
    for tier in client.tier_changes.filter(made_at__lt=before).select_related("made_by")[:limit]:
        words = _("Tier %(new)s instead of %(old)s") % {"new": Tier(tier.new).label, "old": Tier(tier.old).label}
        yield Event(tier.made_at, f"tier:{tier.pk}", "stairs", words, tier.reason, str(tier.made_by))
    for status in client.status_changes.filter(made_at__lt=before).select_related("made_by")[:limit]:
        words = _("Status: %(status)s") % {"status": Client.Status(status.new).label}
        yield Event(status.made_at, f"status:{status.pk}", "flag", words, status.reason, str(status.made_by))


def _people(client: Client, _user: User, before: datetime, limit: int) -> Iterator[Event]:
    for contact in Contact.objects.filter(client__in=client.family, created_at__lt=before).order_by("-created_at")[
        :limit
    ]:
        words = _("New contact: %(person)s") % {"person": contact}
        url = reverse("clients:contact", args=[contact.pk])
        yield Event(contact.created_at, f"contact:{contact.pk}", "user-plus", words, contact.position, url=url)


def _designations(client: Client, _user: User, before: datetime, limit: int) -> Iterator[Event]:
    for row in client.designations.order_by("-since_on")[:limit]:
        at = timezone.make_aware(datetime.combine(row.since_on, time()))
        if at < before:
            words = _("Key client: %(type)s") % {"type": row.get_type_display()}
            yield Event(at, f"designation:{row.pk}", "award", words, row.reason or row.evidence)


def _acts(client: Client, user: User, before: datetime, limit: int) -> Iterator[Event]:
    """What we did before the client asked, on its day."""
    if not may(user, "proactive.see"):
        return
    rows = ProactiveAct.objects.visible_to(user).with_may_change(ProactiveAct.objects.changeable_by(user))
    mine = rows.filter(client__in=client.family, acted_on__lte=timezone.localdate(before))
    for row in mine.select_related("logged_by").order_by("-acted_on", "-pk")[:limit]:
        at = timezone.make_aware(datetime.combine(row.acted_on, time()))
        if at < before:
            label = str(row.get_kind_display())
            url = reverse("clients:proactive_edit", args=[row.pk]) if vars(row)["may_change"] else ""
            title = label[:1].upper() + label[1:]
            yield Event(at, f"proactive:{row.pk}", "shield-check", title, row.evidence, str(row.logged_by), url=url)


OWN: tuple[Source, ...] = (_interactions, _promises, _moves, _changes, _people, _designations, _acts)


def _promise_event(row: Promise, at: datetime, moment: str, title: str) -> Event:
    due = timezone.localdate(row.due_at).isoformat()
    return Event(
        at=at,
        key=f"promise_{moment}:{row.pk}",
        icon="checkbox",
        title=title,
        text=row.text,
        who=str(row.made_by),
        aside=due if moment == "made" else "",
        url=reverse("clients:promise", args=[row.pk]),
    )


def _kept_words(judged: "Judged") -> str:
    if judged.days_late:
        return _("Promise done late")
    return _("Promise kept")


def _icon_of(row: Interaction) -> str:
    if row.kind == Interaction.Kind.CALL and row.direction != Interaction.Direction.BOTH:
        return "phone-incoming" if row.direction == Interaction.Direction.IN else "phone-outgoing"
    return ICONS[row.kind]


def _kind_of(row: Interaction) -> str:
    label = str(row.get_kind_display())
    return label[:1].upper() + label[1:]


def _minutes(minutes: int | None) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}" if minutes else ""
