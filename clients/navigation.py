"""The clients floor in the shell: places with their counts, the New menu, what the palette finds and offers."""

from collections.abc import Iterator
from datetime import date

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from clients.models import Client, Complaint, Contact, DirectChannelGrant, Notice, Promise
from clients.panels import acts_for
from clients.reports.shown import shown_clients
from clients.reports.worklist import count_waiting
from clients.templatetags.clients import client_value
from crm.access import Role, may
from crm.models import User
from crm.templatetags.marks import avatar, tier
from crm.web.navigation import (
    Badge,
    NavItem,
    NewItem,
    Section,
    register,
    register_new,
    register_profile_part,
    register_slot,
)
from crm.web.pages import asked_id
from crm.web.search import LIMIT, Hit, Provider, register_actions, register_search

P, A, C, F = Role.PARTNER, Role.ACCOUNT_MANAGER, Role.CONSULTANT, Role.FINANCE


def count_today(user: User, _on: date) -> Badge | None:
    """What waits for the person, red when something is late."""
    waiting, late = count_waiting(user, at=timezone.now())
    if not waiting:
        return None
    words = ngettext("%(n)s thing waits", "%(n)s things wait", waiting) % {"n": waiting}
    return Badge(str(waiting), late=late > 0, words=words)


def count_clients(user: User, _on: date) -> Badge | None:
    """Active clients that the person keeps; everybody's for those who keep none."""
    active = Client.objects.visible_to(user).current().in_status(Client.Status.ACTIVE)
    n = active.owned_by(user).count() or active.count()
    return Badge(str(n), words=ngettext("%(n)s active client", "%(n)s active clients", n) % {"n": n}) if n else None


def count_promises(user: User, _on: date) -> Badge | None:
    """Open promises of the person and to their clients, red when one is late."""
    waiting = Promise.objects.mine(user).open()
    n = waiting.count()
    late = waiting.filter(current_due_at__lt=timezone.now()).exists() if n else False
    words = ngettext("%(n)s open promise", "%(n)s open promises", n) % {"n": n}
    return Badge(str(n), late=late, words=words) if n else None


def count_notices(user: User, _on: date) -> Badge | None:
    """What one has not read yet."""
    n = Notice.objects.visible_to(user).unread().count()
    words = ngettext("%(n)s unread notice", "%(n)s unread notices", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def count_reviews(user: User, _on: date) -> Badge | None:
    """Direct channels whose ground is gone, for who may decide."""
    rows = DirectChannelGrant.objects.changeable_by(user).current()
    n = rows.exclude(review_since_on=None).count() if may(user, "channel.change") else 0
    words = ngettext("%(n)s channel to review", "%(n)s channels to review", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def count_complaints(user: User, _on: date) -> Badge | None:
    """Complaints that nobody has settled yet."""
    n = Complaint.objects.visible_to(user).open().count()
    words = ngettext("%(n)s open complaint", "%(n)s open complaints", n) % {"n": n}
    return Badge(str(n), words=words) if n else None


def find_clients(user: User, query: str) -> Iterator[Hit]:
    """Own clients first, then by likeness; with tier and value as the person may see them."""
    found = Client.objects.visible_to(user).current().ranked_for(user, query)[:LIMIT]
    shown = shown_clients(user, [client.pk for client in found])
    for client in found:
        if client.pk in shown:
            yield client_hit(shown[client.pk])


def client_hit(client: Client) -> Hit:
    inn = f"{_('INN')} {client.tax_number}" if client.country == "RU" and client.tax_number else ""
    meta = [client.city, inn] if client.shows("city") and client.shows("tax_number") else []
    return Hit(
        client.name,
        reverse("clients:client", args=[client.pk]),
        meta=" · ".join(filter(None, meta)),
        lead=avatar(client.name, client.pk, "sq"),
        trail=SafeString(tier(client.tier) + client_value(client)),
        subject=f"client:{client.pk}",
    )


def find_people(user: User, query: str) -> Iterator[Hit]:
    rows = Contact.objects.visible_to(user).here().matching(query).select_related("client")
    for person in rows[:LIMIT]:
        meta = [person.position, person.client.name, str(person.get_buying_role_display())]
        yield Hit(
            str(person),
            reverse("clients:contact", args=[person.pk]),
            meta=", ".join(filter(None, meta)),
            lead=avatar(person, person.pk),
            trail=person.phone,
            subject=f"client:{person.client_id}",
        )


def client_actions(user: User, key: str) -> Iterator[Hit]:
    """What Tab offers for a client that was found."""
    client = Client.objects.visible_to(user).filter(pk=asked_id(key)).first()
    if client is None:
        return
    query = f"?client={client.pk}"
    yield Hit(client.name, reverse("clients:client", args=[client.pk]), icon="building")
    if may(user, "interaction.add"):
        log, promise = reverse("clients:interaction_new"), reverse("clients:promise_new")
        yield Hit(_("Log a call"), log + query, icon="phone-plus", key="L", dialog=True)
        yield Hit(_("Plan a meeting"), reverse("clients:meeting_new") + query, icon="calendar-plus", dialog=True)
        yield Hit(_("New promise"), promise + query, icon="checkbox", key="P", dialog=True)
    for act in acts_for(user, client):
        yield Hit(str(act.label), act.url, icon=act.icon, dialog=act.dialog)


def register_news() -> None:
    """The bell, and what everybody finds in their profile."""
    register(NavItem("bell", lazy("News"), "bell", "clients:notice_list", Section.TOP, badge=count_notices))
    register_profile_part("clients:absence_mine")
    register_profile_part("clients:notice_settings")


def register_acts() -> None:
    """The New menu."""
    register_new(
        NewItem("call", lazy("Log call"), "phone-plus", "clients:interaction_new", frozenset({P, A, C}), key="l"),
        NewItem("promise", lazy("Promise"), "checkbox", "clients:promise_new", frozenset({P, A, C}), key="p"),
        NewItem("meeting", lazy("Planned meeting"), "calendar-plus", "clients:meeting_new", frozenset({P, A, C})),
        NewItem("complaint", lazy("Complaint"), "message-2-exclamation", "clients:complaint_new", frozenset({P, A, C})),
        NewItem("inquiry", lazy("Inquiry"), "message-question", "clients:inquiry_new", frozenset({P, A, C})),
        NewItem("scope", lazy("Scope request"), "fence", "clients:scope_new", frozenset({P, A, C})),
        NewItem("extra", lazy("Extra"), "gift", "clients:extra_new", frozenset({P, A, C})),
        NewItem("need", lazy("Need"), "seedling", "clients:need_new", frozenset({P, A, C})),
        NewItem("client", lazy("Client"), "users-group", "clients:client_new", frozenset({P, A}), dialog=False),
    )


def register_firm() -> None:
    """How the firm itself is set up, and what is found by name."""
    register(
        NavItem("absences", lazy("Absences"), "beach", "clients:absence_list", Section.FIRM),
        NavItem("sellers", lazy("Own companies"), "building", "clients:seller_list", Section.FIRM, frozenset({P, F})),
        NavItem("tiers", lazy("Tiers"), "stairs", "clients:tier_list", Section.FIRM, frozenset({P})),
        NavItem(
            "service_lines", lazy("Service lines"), "anchor", "clients:service_line_list", Section.FIRM, frozenset({P})
        ),
    )
    register_search(Provider(lazy("Clients"), find_clients), Provider(lazy("People"), find_people))
    register_actions("client", lazy("Actions"), client_actions)


def register_delivery() -> None:
    """How clients are treated, what they need and who reaches whom."""
    register(
        NavItem(
            "complaints",
            lazy("Complaints"),
            "message-2-exclamation",
            "clients:complaint_list",
            Section.DELIVERY,
            frozenset({P, A, C}),
            badge=count_complaints,
        ),
        NavItem("needs", lazy("Needs"), "seedling", "clients:need_list", Section.DELIVERY, frozenset({P, A, C})),
        NavItem(
            "channels",
            lazy("Direct channels"),
            "address-book",
            "clients:grant_list",
            Section.DELIVERY,
            frozenset({P, A, C}),
            badge=count_reviews,
        ),
    )


def register_places() -> None:
    """Called when the app is ready."""
    register_news()
    register_slot("views", "clients:view_list")
    register_acts()
    register_firm()
    register(
        NavItem("today", lazy("Today"), "sun", "clients:today", badge=count_today, key="t"),
        NavItem("clients", lazy("Clients"), "users-group", "clients:client_list", badge=count_clients, key="c"),
        NavItem(
            "promises",
            lazy("Promises"),
            "checkbox",
            "clients:promise_list",
            Section.DELIVERY,
            frozenset({P, A, C}),
            badge=count_promises,
            key="r",
        ),
        NavItem(
            "quality",
            lazy("Data quality"),
            "clipboard-check",
            "clients:quality_list",
            Section.INSIGHT,
            frozenset({P, A}),
        ),
    )
    register_delivery()
