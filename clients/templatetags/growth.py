"""What comes next for a client: needs with their moves, and the words of a suggested anchor."""

from django import template
from django.utils.translation import gettext as _

from clients.models import Need
from clients.reports.whitespace import Row
from clients.rules.whitespace import Likeness
from clients.templatetags.clients import line_name

register = template.Library()

MOVES = (
    (Need.Status.OPEN, "bulb"),
    (Need.Status.MENTIONED, "message-2"),
    (Need.Status.PROPOSED, "send"),
    (Need.Status.WON, "check"),
)


@register.filter
def need_moves(need: Need) -> list[tuple[str, str, str]]:
    """Where the need may go from here by one click, with words and icon."""
    return [(str(state), str(state.label), icon) for state, icon in MOVES if state != need.status]


@register.filter
def line_of(need: Need) -> str:
    return line_name(need.service_line)


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
