"""Context that all pages of one client share: head, figures, tabs."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _

from clients.models import Client
from clients.panels import Place, acts_for, panels_for
from clients.reports.card import change_of
from clients.templatetags.clients import band_words
from crm.access import may
from crm.models import User


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    title: "str | Lazy"
    url: str
    count: int | None = None


def card_context(user: User, client: Client, *, tab: str) -> dict[str, Any]:
    """Everything around the tab's own content; the only statement is that of the designations."""
    on = timezone.localdate()
    is_open = bool(getattr(client, "is_open", False))
    values = panels_for(user, Place.VALUE, is_open=is_open)
    return {
        "client": client,
        "tab": tab,
        "tabs": _tabs(user, client, is_open),
        "designations": client.designations.active(on=on) if is_open and may(user, "designation.see") else [],
        "may_change": may(user, "client.change") and (client.is_owned_by(user) or may(user, "firm.change")),
        "may_log": may(user, "interaction.add"),
        "may_tier": may(user, "tier.change"),
        "may_third": may(user, "promise.third_date"),
        "acts": acts_for(user, client),
        "value_band": band_words(client),
        "change": change_of(client),
        "value_panel": values[0].url_for(client) if values else "",
        "value_how": "".join(panel.url_for(client) for panel in panels_for(user, Place.HOW, is_open=is_open)),
        "next_panels": [panel.url_for(client) for panel in panels_for(user, Place.NEXT, is_open=is_open)],
    }


def _tabs(user: User, client: Client, is_open: bool) -> list[Tab]:
    """Of a client that is not open there are the overview and the people, and panels of one's own trade."""

    def own(name: str) -> str:
        return reverse(f"clients:{name}", args=[client.pk])

    def count(name: str) -> int | None:
        number: int | None = getattr(client, name, None)
        return number

    tabs = [
        Tab("overview", _("Overview"), own("client")),
        Tab("people", _("People"), own("client_people"), count("people_n")),
    ]
    if is_open and may(user, "interaction.see"):
        tabs.append(Tab("timeline", _("Timeline"), own("client_timeline"), count("touches_n")))
        tabs.append(Tab("promises", _("Promises"), own("client_promises"), count("promises_n")))
    tabs += [
        Tab(panel.code, panel.title, reverse("clients:client_panel", args=[client.pk, panel.code]))
        for panel in panels_for(user, Place.TAB, is_open=is_open)
    ]
    if is_open:
        tabs.append(Tab("history", _("History"), own("client_history")))
    return tabs
