"""What comes next for a client: needs with their moves, and the words of a suggested anchor."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, DirectChannelGrant, Need
from clients.reports.whitespace import Row
from clients.rules.whitespace import Likeness
from clients.services.call_backs import Calls
from clients.services.needs import next_need as next_need_of
from clients.templatetags.clients import line_name

register = template.Library()

MOVES = (
    (Need.Status.OPEN, "bulb"),
    (Need.Status.MENTIONED, "message-2"),
    (Need.Status.PROPOSED, "send"),
    (Need.Status.WON, "check"),
)


@register.inclusion_tag("clients/parts/next_need.html", takes_context=True)
def next_need(context: template.Context, client: Client) -> dict[str, Any]:
    """{% next_need client %}: what every review asks before it closes, with the way to note it."""
    on = timezone.localdate()
    return {"client": client, "need": next_need_of(client, on=on), "today": on, "user": context["request"].user}


@register.filter
def need_moves(need: Need) -> list[tuple[str, str, str]]:
    """Where the need may go from here by one click, with words and icon."""
    return [(str(state), str(state.label), icon) for state, icon in MOVES if state != need.status]


@register.filter
def line_of(need: Need) -> str:
    return line_name(need.service_line)


@register.simple_tag
def call_words(calls: Mapping[int, Calls], grant: DirectChannelGrant) -> str:
    """{% call_words calls grant %}: 8 answered, 2 missed, 1 called back; a dash where nobody called."""
    found = calls.get(grant.pk)
    if found is None:
        return "–"
    said = {"answered": found.answered, "missed": found.missed, "back": found.called_back}
    if not found.missed:
        return _("%(answered)s answered") % said
    return _("%(answered)s answered, %(missed)s missed, %(back)s of them called back") % said


@register.simple_tag
def next_words(row: Row) -> str:
    """{% next_words row %}: how many similar clients took it, and after which anchors."""
    if row.next is None:
        return ""
    after = ", ".join(line_name(line) for line in row.anchors)
    said = {"n": row.next.adopters, "of": row.next.peers, "after": after}
    words = {
        Likeness.BOTH: _("%(n)s of %(of)s similar clients took it after %(after)s"),
        Likeness.INDUSTRY: _("%(n)s of %(of)s in the industry took it after %(after)s"),
        Likeness.TIER: _("%(n)s of %(of)s of the same tier took it after %(after)s"),
    }
    return words[row.next.likeness] % said
