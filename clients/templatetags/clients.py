"""What every page says about a client beside its name: value or band, rhythm of contact, designation."""

from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client, ClientFigure, Complaint, KeyClientDesignation, Promise, ServiceLine
from clients.rules.promises import Outcome
from crm.templatetags.marks import clv, drawn_once, health, icon
from crm.web.formats import SYMBOLS, language, write_day, write_number, write_range, write_weekday

register = template.Library()

SHAPES = {ClientFigure.Band.GREEN: "good", ClientFigure.Band.AMBER: "watch", ClientFigure.Band.RED: "risk"}
TYPE_ICONS = {
    KeyClientDesignation.Type.LARGE_REGULAR: "building-skyscraper",
    KeyClientDesignation.Type.PROSPECTIVE: "seedling",
    KeyClientDesignation.Type.IMAGE: "award",
    KeyClientDesignation.Type.TESTER: "test-pipe",
    KeyClientDesignation.Type.SPECIAL: "heart",
}
OUTCOME_TONES = {
    Outcome.KEPT: "ok",
    Outcome.RENEGOTIATED_KEPT: "ok",
    Outcome.OPEN_RENEGOTIATED: "warn",
    Outcome.LATE_UNWARNED: "bad",
    Outcome.OVERDUE_UNWARNED: "bad",
    Outcome.BROKEN_TWICE: "bad",
}


def band_words(client: Client) -> str:
    """The band of a client's value in words, for people who may not see the amount; empty if they see none."""
    low, high = (getattr(client, f"shown_band_{end}", None) for end in ("low", "high"))
    return write_range(low, high, getattr(client, "base_currency", "EUR"))


@register.filter
def line_name(line: ServiceLine) -> str:
    """The name of a service line in the reader's language."""
    return line.name_in(language())


@register.filter
def cause_name(cause: str) -> str:
    """The root cause of complaints in words, also while nobody knows it."""
    return str(dict(Complaint.RootCause.choices).get(cause, _("not known yet"))).capitalize()


@register.filter
def shows(client: Client, name: str) -> bool:
    """Whether the person who loaded the client reads this field of it."""
    return client.shows(name)


@register.simple_tag
def client_value(client: Client | None) -> SafeString:
    """{% client_value client %}: the amount, its band, or nothing, as whoever loaded the client may see it."""
    shown = getattr(client, "shown_badge_value", None)
    if shown is not None:
        return clv(shown, getattr(client, "base_currency", "EUR"))
    words = band_words(client) if client else ""
    return clv(band=words) if words else mark_safe("")


@register.simple_tag
def client_health(client: Client) -> SafeString:
    """{% client_health client %}: score with its shape, as the person may see it."""
    band = getattr(client, "shown_health_band", None)
    return health(getattr(client, "shown_health_score", None), SHAPES.get(band, "") if band else "")


@register.simple_tag
def health_of(score: int, band: str) -> SafeString:
    """{% health_of snapshot.score snapshot.band %}: a score that was kept, with the shape of its band."""
    return health(score, SHAPES[ClientFigure.Band(band)])


@register.simple_tag
def key_type(designation: KeyClientDesignation) -> SafeString:
    return _key_type(designation.type)


@drawn_once
def _key_type(code: str) -> SafeString:
    kind = KeyClientDesignation.Type(code)
    words = str(kind.label)
    return format_html('<span class="ktype">{}{}</span>', icon(TYPE_ICONS[kind]), words[:1].upper() + words[1:])


@register.simple_tag
def rhythm(days: int, cadence: int, percent: float) -> SafeString:
    """{% rhythm late.days late.cadence late.percent_in_time %}: the bar of days since contact against the cadence."""
    label = _("%(days)s days since contact, rhythm is %(cadence)s days") % {"days": days, "cadence": cadence}
    allowed = round(percent, 2)
    return format_html(
        '<span class="cad" role="img" aria-label="{}"><span class="bar" style="--v:{}%;--f:var(--idle)"><i></i>'
        '<i class="second" style="--x:{}%;--v:{}%;--f:var(--bad-mark)"></i></span>'
        '<span class="meta num">{}</span></span>',
        label,
        allowed,
        allowed,
        round(100 - allowed, 2),
        _("%(days)s of %(cadence)s d") % {"days": days, "cadence": cadence},
    )


@register.simple_tag
def meter(task_meter: dict[str, str] | None, tone: str = "warn") -> SafeString:
    """{% meter task.meter %}: the bar of a task that says how much is left."""
    if not task_meter:
        return mark_safe("")
    return format_html(
        '<span class="cad" role="img" aria-label="{}"><span class="bar" style="--v:{}%;--f:var(--{}-mark)"><i></i>'
        '</span><span class="meta num">{}</span></span>',
        task_meter["text"],
        Decimal(task_meter["percent"]),
        tone,
        task_meter["text"],
    )


@register.simple_tag
def outcome_chip(outcome: Outcome) -> SafeString:
    """{% outcome_chip judged.outcome %}: what became of a promise, in words and colour."""
    return format_html('<span class="chip {}">{}</span>', OUTCOME_TONES.get(outcome, ""), outcome_words(outcome))


def outcome_words(outcome: Outcome) -> str:
    return {
        Outcome.OPEN: _("open"),
        Outcome.OPEN_RENEGOTIATED: _("second date, must hold"),
        Outcome.KEPT: _("kept"),
        Outcome.RENEGOTIATED_KEPT: _("kept on the second date"),
        Outcome.LATE_UNWARNED: _("late, not warned"),
        Outcome.OVERDUE_UNWARNED: _("overdue, not warned"),
        Outcome.BROKEN_TWICE: _("second date broken"),
        Outcome.WITHDRAWN: _("withdrawn by the client"),
    }[outcome]


@register.filter
def choice_words(name: str) -> str:
    """What the box in front of a row says: Select Northern Quay."""
    return _("Select %(name)s") % {"name": name}


@register.filter
def client_field(client: Client, name: str) -> Any:
    """A figure as the person may see it: {{ client|client_field:"revenue_12m" }}."""
    return getattr(client, f"shown_{name}", None)


@register.filter
def symbol(currency: str) -> str:
    """€ of EUR; a currency without a sign keeps its code."""
    return SYMBOLS.get(currency, currency)


@register.filter
def counted(n: int) -> str:
    """A small number as a word at the beginning of a sentence: Seven."""
    words = {
        1: _("One"),
        2: _("Two"),
        3: _("Three"),
        4: _("Four"),
        5: _("Five"),
        6: _("Six"),
        7: _("Seven"),
        8: _("Eight"),
        9: _("Nine"),
        10: _("Ten"),
        11: _("Eleven"),
        12: _("Twelve"),
    }
    return words.get(n) or write_number(n)


@register.simple_tag(takes_context=True)
def promise_due(context: template.Context, promise: Promise, outcome: Outcome) -> SafeString:
    """{% promise_due row.promise row.judged.outcome %}: yesterday, not warned; today, 17:00; tomorrow."""
    today, due_on = context["today"], promise.due_on
    tone = "bad" if due_on < today or outcome is Outcome.OVERDUE_UNWARNED else "warn" if due_on == today else ""
    words = near_words(due_on, today)
    if not promise.due_is_day and promise.current_due_at == promise.due_at:
        words = f"{words}, {promise.due_clock}"
    if outcome is Outcome.OVERDUE_UNWARNED:
        words = _("%(when)s, not warned") % {"when": words}
    return format_html('<span class="{}">{}</span>', tone, words)


@register.filter
def near_words(day: date, today: date) -> str:
    """Yesterday, Today, Tomorrow, Mon 30 Nov; short, for narrow columns."""
    near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}
    distance = (day - today).days
    return near.get(distance) or (write_weekday(day) if abs(distance) <= 14 else write_day(day, today))


@register.filter
def days_words(days: int) -> str:
    """17 days late."""
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days}


@register.simple_tag
def last_contact(client: Client, today: date) -> SafeString:
    """{% last_contact client today %}: days since the last two-way touch against the cadence, red when overdue."""
    if not client.is_open:
        return mark_safe("–")
    touched, cadence = getattr(client, "shown_last_two_way_at", None), getattr(client, "cadence", None)
    if touched is None:
        return format_html('<span class="sec">{}</span>', _("never"))
    days = (today - timezone.localdate(touched)).days
    late = cadence is not None and days > cadence and client.status in ("active", "dormant")
    return format_html(
        '<span class="{}">{}</span> <span class="meta">/ {}</span>',
        "bad m" if late else "",
        _("%(days)s d") % {"days": days},
        cadence if cadence is not None else "–",
    )


@register.simple_tag
def spark(amounts: list[Any] | None) -> SafeString:
    """{% spark figures.revenue_trend %}: the course of a figure as a line, nothing for fewer than three points."""
    points = [float(amount) for amount in amounts or []]  # only drawn: a pixel is coarser than any float
    if len(points) < 3:
        return mark_safe("")
    low, high = min(points), max(points)
    span = (high - low) or 1.0
    step = 52 / (len(points) - 1)
    at = [(2 + step * n, 15 - 12 * (point - low) / span) for n, point in enumerate(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    return format_html(
        '<svg class="spark" width="56" height="18" viewBox="0 0 56 18" aria-hidden="true">'
        '<polyline points="{}" fill="none" stroke="var(--ink-3)" stroke-width="1.5" stroke-linejoin="round"/>'
        '<circle cx="{}" cy="{}" r="2" fill="var(--ink-3)"/></svg>',
        line,
        f"{at[-1][0]:.1f}",
        f"{at[-1][1]:.1f}",
    )


@register.simple_tag
def querystring_of(query: str, name: str) -> str:
    """A list, by the name of its address, and its query as values of another address."""
    return urlencode({"of": name, "query": query})
