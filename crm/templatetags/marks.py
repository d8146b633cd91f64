"""Small marks that carry meaning: icons, avatars, tier, lifetime value, health, anchors, chips, bars."""

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from crm.web.formats import write_short

register = template.Library()

# A legal form says nothing about a client, so it gives no initial.
LEGAL_FORMS = frozenset(
    {
        "ооо",
        "оао",
        "зао",
        "пао",
        "ао",
        "ип",
        "тд",
        "нко",
        "gmbh",
        "mbh",
        "ag",
        "kg",
        "ohg",
        "gbr",
        "ug",
        "se",
        "ev",
        "eg",
        "co",
        "llc",
        "ltd",
        "inc",
        "plc",
        "sa",
        "sas",
        "srl",
        "bv",
    }
)
GOLDEN_ANGLE = 137.508
TIERS = {"vip": "VIP", "a": "A", "b": "B", "c": "C"}
TIER_CLASSES = frozenset(TIERS)

# Shape and number beside the colour: circle, triangle, diamond.
_SVG = '<svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" aria-hidden="true">{}</svg>'
HEALTH_SHAPES = {
    "good": format_html(_SVG, mark_safe('<circle cx="5" cy="5" r="4.2"/>')),
    "watch": format_html(_SVG, mark_safe('<path d="M5 .6 9.6 9H.4z"/>')),
    "risk": format_html(_SVG, mark_safe('<path d="M5 .3 9.7 5 5 9.7.3 5z"/>')),
}


MARKS_KEPT = 4096


def drawn_once[**P](draw: Callable[P, SafeString]) -> Callable[P, SafeString]:
    """A mark of plain values looks alike wherever it stands: it is drawn once for each language."""

    drawn: Callable[..., SafeString] = draw

    @lru_cache(maxsize=MARKS_KEPT)
    def remembered(_language: str | None, args: tuple[Any, ...], kwargs: tuple[tuple[str, Any], ...]) -> SafeString:
        return drawn(*args, **dict(kwargs))

    @wraps(draw)
    def tag(*args: P.args, **kwargs: P.kwargs) -> SafeString:
        return remembered(get_language(), args, tuple(kwargs.items()))

    return tag


@register.simple_tag
@drawn_once
def icon(name: str, label: str = "") -> SafeString:
    """{% icon "phone" %}; with a label it is read out, without one it is decoration."""
    mark = format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)
    return format_html('{}<span class="visually-hidden">{}</span>', mark, label) if label else mark


def initials(name: str) -> str:
    """Two letters of a person or an organization; a name in quotes counts before what surrounds it."""
    quoted = re.search(r"[«„\"“]([^»“”\"]+)", name)
    words = re.findall(r"[^\W\d_]+", quoted[1] if quoted else name)
    telling = [word for word in words if word.lower() not in LEGAL_FORMS] or words
    return "".join(word[0] for word in telling[:2]).upper() or "?"


def hue(key: int) -> int:
    """A colour of one's own: neighbours in the table are far apart on the wheel."""
    return round(key * GOLDEN_ANGLE) % 360


@register.simple_tag
def avatar(name: object, key: int = 0, size: str = "") -> SafeString:
    """{% avatar client.name client.pk "sq" %}; sizes: sm, md, lg; sq for organizations ("sq lg")."""
    return _avatar(str(name), key or 0, size)


@drawn_once
def _avatar(name: str, key: int, size: str) -> SafeString:
    return format_html(
        '<span class="ava {}" style="--h:{}" aria-hidden="true">{}</span>', size, hue(key), initials(name)
    )


@register.simple_tag
@drawn_once
def tier(code: str) -> SafeString:
    """{% tier client.tier %}: the service level, empty when there is none."""
    if not code:
        return mark_safe("")
    shown = TIERS.get(code, code.upper())
    shape = code if code in TIER_CLASSES else ""
    title = _("Tier %(tier)s") % {"tier": shown}
    return format_html('<span class="tier {}" title="{}">{}</span>', shape, title, shown)


@register.simple_tag
@drawn_once
def clv(amount: Decimal | None = None, currency: str = "", band: str = "") -> SafeString:
    """{% clv figures.value "EUR" %}, or {% clv band=words %} for those who may see only the band."""
    if amount is None and not band:
        return mark_safe("")
    label = _("Lifetime value")
    coin = format_html('<i class="ti ti-coin" aria-hidden="true"></i><span class="visually-hidden">{} </span>', label)
    if amount is None:
        return format_html('<span class="clv band" title="{}">{}{}</span>', label, coin, band)
    short = write_short(amount, currency)
    return format_html(
        '<span class="clv" title="{}">{}{}<span class="cur">{}</span></span>', label, coin, short.number, short.unit
    )


def _health_words() -> dict[str, str]:
    return {"good": _("healthy"), "watch": _("watch"), "risk": _("at risk")}


@register.simple_tag
@drawn_once
def health(score: int | None, band: str = "") -> SafeString:
    """{% health figures.health_score figures.health_band %}: number, shape and word; bands good, watch, risk."""
    if score is None or band not in HEALTH_SHAPES:
        return format_html('<span class="meta">{}</span>', _("no score yet"))
    return format_html(
        '<span class="hp hp-{}">{}{}<span class="visually-hidden">{}</span></span>',
        band,
        HEALTH_SHAPES[band],
        score,
        _health_words()[band],
    )


@register.simple_tag
@drawn_once
def anchors(count: int, of: int = 6) -> SafeString:
    """{% anchors figures.anchors 6 %}: cells and the number."""
    cells = format_html_join("", '<i class="{}"></i>', (("on" if i < count else "",) for i in range(of)))
    label = _("%(count)s of %(of)s services") % {"count": count, "of": of}
    return format_html(
        '<span class="anch" role="img" aria-label="{}">{}<b aria-hidden="true">{}</b></span>', label, cells, count
    )


@register.simple_tag
def chip(text: object, tone: str = "", icon_name: str = "") -> SafeString:
    """{% chip invoice.get_status_display "ok" "check" %}; tones ok, warn, bad, good, info, line."""
    return format_html('<span class="chip {}">{}{}</span>', tone, icon(icon_name) if icon_name else "", text)


@register.simple_tag
def bar(value: float | Decimal, label: str, tone: str = "", size: str = "") -> SafeString:
    """{% bar 91.5 "91.5 of 100 hours used" "warn" %}: `value` in percent of the whole, tones ok warn bad good idle."""
    width = max(Decimal(0), min(Decimal(100), Decimal(str(value))))
    fill = f"--f:var(--{tone}{'' if tone == 'idle' else '-mark'})" if tone else ""
    return format_html(
        '<span class="bar {}" role="img" aria-label="{}" style="--v:{}%;{}"><i></i></span>', size, label, width, fill
    )


@register.simple_tag
def delta(value: Decimal | int | None, words: str) -> SafeString:
    """{% delta change words %}: the words in green when the value rose, in red when it fell."""
    tone = "" if not value else "ok" if value > 0 else "bad"
    return format_html('<span class="delta {}">{}</span>', tone, words)


@register.filter
def marked(text: str, query: str) -> SafeString:
    """The text with the first place that matches the query marked, whatever its case."""
    at = text.casefold().find(query.casefold()) if query else -1
    if at < 0 or len(text.casefold()) != len(text):
        return format_html("{}", text)
    end = at + len(query)
    return format_html("{}<mark>{}</mark>{}", text[:at], text[at:end], text[end:])


@register.simple_tag
def kbd(*keys: str) -> SafeString:
    """{% kbd "G" "C" %}."""
    return format_html_join(" ", "<kbd>{}</kbd>", ((_key_name(key),) for key in keys))


def _key_name(key: str) -> str:
    return pgettext("key", "Ctrl") if key == "Ctrl" else key
