"""Figures of the client card in words: how the value came about, what is left of goodwill, what changed."""

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from clients.models import Client, KeyClientDesignation
from clients.panels import Panel
from clients.rules.designations import growth_ratio
from crm.web.formats import write_hours, write_number, write_percent, write_short

register = template.Library()

type Input = tuple[str, str]


def _inputs(client: Client) -> dict[str, Any]:
    return (client.facts.simple_value_inputs if client.facts else None) or {}


@register.simple_tag
def value_formula(client: Client) -> str:
    """{% value_formula client %}: years × purchases a year × average check, as far as they are known."""
    given = _inputs(client)
    if given.get("average_check") is None:
        return _("how it is worked out")
    words = _("%(check)s × %(purchases)s a year × %(years)s years")
    return words % {
        "check": write_short(Decimal(given["average_check"]), client.base_currency),
        "purchases": write_number(Decimal(given["purchases_per_year"]), 1, trim=True),
        "years": write_number(Decimal(given["years"]), 1, trim=True),
    }


@register.filter
def value_inputs(client: Client) -> list[Input]:
    """The inputs of the value with their labels; one that is missing is named as missing."""
    given = _inputs(client)

    def amount(name: str) -> str:
        return str(write_short(Decimal(given[name]), client.base_currency)) if given.get(name) is not None else "–"

    def number(name: str) -> str:
        return write_number(Decimal(given[name]), 2, trim=True) if given.get(name) is not None else "–"

    return [
        (_("Average check"), amount("average_check")),
        (_("Purchases a year"), number("purchases_per_year")),
        (_("Expected years"), number("years")),
    ]


@register.filter
def signed_percent(share: Decimal) -> str:
    """+8%, −3%."""
    words = write_percent(share, 0)
    return f"+{words}" if share > 0 else words


@register.simple_tag
def margin_share(client: Client) -> str:
    revenue, margin = getattr(client, "shown_revenue_12m", None), getattr(client, "shown_margin_12m", None)
    return write_percent(Decimal(margin) / Decimal(revenue), 0) if revenue and margin is not None else "–"


@register.simple_tag
def share_of(part: int, whole: int) -> str:
    """{% share_of kept n %}: 92%."""
    return write_percent(Decimal(part) / Decimal(whole), 0) if whole else "–"


@register.simple_tag
def goodwill_left(client: Client) -> SafeString:
    """What the tier still allows this year, or by how much it is exceeded."""
    allowed, used = getattr(client, "goodwill_allowed", None), getattr(client, "shown_goodwill_minutes", None)
    if allowed is None or used is None:
        return mark_safe("")
    if used > allowed:
        words = _("%(hours)s over the limit") % {"hours": write_hours(used - allowed)}
        return format_html('<span class="bad">{}</span>', words)
    tone = "warn" if used * 10 >= allowed * 9 else ""
    words = _("%(left)s of %(allowed)s left") % {"left": write_hours(allowed - used), "allowed": write_hours(allowed)}
    return format_html('<span class="{}">{}</span>', tone, words)


@register.simple_tag
def panel_url(panel: Panel, client: Client) -> str:
    return panel.url_for(client)


@register.simple_tag
def growth(designation: KeyClientDesignation) -> str:
    """{% growth designation %}: 200 today, 2 000 tomorrow, 10 times."""
    current, potential = designation.current_value, designation.potential_value
    if current is None or potential is None:
        return ""
    ratio = growth_ratio(current, potential)
    words = {"now": write_number(current), "then": write_number(potential)}
    if ratio is None:
        return _("%(now)s a year today, %(then)s tomorrow") % words
    times = write_number(ratio, 1, trim=True)
    return _("%(now)s a year today, %(then)s tomorrow: %(times)s times") % {**words, "times": times}
