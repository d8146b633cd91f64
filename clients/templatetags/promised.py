"""What a form that gives something away says first: whether we keep our word to this client."""

from typing import Any

from django import template
from django.forms import BaseForm
from django.utils import timezone

from clients.forms.picks import meant_client, picked_client
from clients.reports.extras import promises_first_words

register = template.Library()


@register.inclusion_tag("clients/parts/promises_first.html", takes_context=True)
def promises_first(context: template.Context, form: BaseForm) -> dict[str, Any]:
    """{% promises_first form %}: for the client that the form names, and anew when another is chosen."""
    user, pick = context["request"].user, form["client"]
    client = picked_client(form) or meant_client(user, str(pick.value() or ""))
    return {"words": promises_first_words(user, client, at=timezone.now()), "pick": pick}
