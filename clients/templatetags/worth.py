"""What a client is worth wherever people meet it in a form or dialog: one chip, and on a press how it came about."""

from typing import Any

from django import template
from django.forms import BaseForm

from clients.forms.picks import ClientPick, picked_client
from clients.models import Client
from clients.panels import Place, panels_for
from clients.reports.shown import show_values
from crm.models import User

register = template.Library()


@register.inclusion_tag("clients/parts/worth.html", takes_context=True)
def client_worth(context: template.Context, client: object) -> dict[str, Any]:
    """{% client_worth client %}: as the person who is signed in may see it; nothing where that is nothing."""
    return _worth(context["request"].user, client if isinstance(client, Client) else None)


@register.inclusion_tag("clients/parts/form_worth.html", takes_context=True)
def form_worth(context: template.Context, form: BaseForm | None) -> dict[str, Any]:
    """{% form_worth form %}: of the client that is typed into a form, and anew when another is chosen."""
    if form is None or not isinstance(form.fields.get("client"), ClientPick):
        return {}
    return {**_worth(context["request"].user, picked_client(form)), "pick": form["client"]}


def _worth(user: User, client: Client | None) -> dict[str, Any]:
    if client is None:
        return {"client": None}
    show_values([client], user)
    is_open = bool(getattr(client, "is_open", False))
    panels = panels_for(user, Place.HOW, is_open=is_open)
    return {"client": client, "how": panels[0].url_for(client) if panels else ""}
