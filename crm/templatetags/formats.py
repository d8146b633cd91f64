"""Filters for numbers, money, durations and dates; the words come from crm.web.formats."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django import template
from django.template.defaulttags import querystring
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from crm.web import formats
from crm.web.formats import NOTHING, Written

register = template.Library()
# The same as Django's own tag, under the short name that templates use.
register.simple_tag(querystring, takes_context=True, name="qs")

type Amount = Decimal | Fraction | int | str | None


def _exact(value: Amount) -> Decimal | Fraction | int | None:
    """Templates may hand in a literal as text; nothing else is converted, so a float is refused."""
    if isinstance(value, str):
        return Decimal(value) if value else None
    return value


def _with_unit(written: Written) -> SafeString:
    return format_html('<span class="num">{}<span class="cur">{}</span></span>', written.number, written.unit)


@register.filter
def money(amount: Amount, currency: str) -> SafeString | str:
    """All decimals: {{ invoice.gross_total|money:invoice.currency }}."""
    exact = _exact(amount)
    return NOTHING if exact is None else _with_unit(formats.write_money(exact, currency))


@register.filter
def money_whole(amount: Amount, currency: str) -> SafeString | str:
    """Without cents, for lists and headings."""
    exact = _exact(amount)
    return NOTHING if exact is None else _with_unit(formats.write_money(exact, currency, whole=True))


@register.filter
def money_short(amount: Amount, currency: str) -> SafeString | str:
    """128.4 M ₽; below a million the whole amount."""
    exact = _exact(amount)
    return NOTHING if exact is None else _with_unit(formats.write_short(exact, currency))


@register.filter
def money_text(amount: Amount, currency: str) -> str:
    """The exact amount without markup, for labels and titles."""
    exact = _exact(amount)
    return NOTHING if exact is None else str(formats.write_money(exact, currency))


@register.filter
def money_short_text(amount: Amount, currency: str) -> str:
    exact = _exact(amount)
    return NOTHING if exact is None else str(formats.write_short(exact, currency))


@register.filter
def number(value: Amount, places: int = 0) -> str:
    exact = _exact(value)
    return NOTHING if exact is None else formats.write_number(exact, places)


@register.filter
def quantity(value: Amount) -> str:
    """Up to four decimals, as many as it has: 10, 1.5."""
    exact = _exact(value)
    return NOTHING if exact is None else formats.write_number(exact, 4, trim=True)


@register.filter
def signed(value: Amount, places: int = 0) -> str:
    exact = _exact(value)
    return NOTHING if exact is None else formats.write_signed(exact, places)


@register.filter
def percent(share: Amount, places: int = 1) -> str:
    """A fraction as percent: {{ figures.revenue_share|percent }}."""
    exact = _exact(share)
    return NOTHING if exact is None else formats.write_percent(exact, places)


@register.filter
def hm(minutes: int | None) -> str:
    """1:30, as in time entry."""
    return NOTHING if minutes is None else formats.write_clock(minutes)


@register.filter
def hours(minutes: int | None) -> str:
    """1.5 h, as in balances."""
    return NOTHING if minutes is None else str(formats.write_hours(minutes))


@register.filter
def day(value: date | None, today: date | None = None) -> str:
    """27 Nov; without `today` always with the year."""
    return NOTHING if value is None else formats.write_day(value, today)


@register.filter
def long_day(value: date) -> str:
    return formats.write_long_day(value)


@register.filter
def weekday(value: date) -> str:
    return formats.write_weekday(value)


@register.filter
def month(value: date) -> str:
    return formats.write_month(value)


@register.filter
def relative(value: date | None, today: date) -> str:
    """{{ promise.due_on|relative:today }}: tomorrow, Friday 27 Nov."""
    return NOTHING if value is None else formats.write_relative(value, today)


@register.filter
def due(value: date | None, today: date) -> str:
    """{{ task.due_on|due:today }}: due tomorrow, Friday 27 Nov; 3 days late, Mon 23 Nov."""
    return NOTHING if value is None else formats.write_due(value, today)


@register.filter
def due_tone(value: date | None, today: date) -> str:
    """The class that goes with `due`: bad, warn or nothing."""
    return "" if value is None else formats.due_tone(value, today)


@register.filter
def clock(value: datetime) -> str:
    return formats.write_time(value)


@register.filter
def moment(value: datetime | None, today: date) -> str:
    """{{ call.occurred_at|moment:today }}: today, 17:00."""
    return NOTHING if value is None else formats.write_moment(value, today)


@register.filter
def firm_day(value: datetime | None) -> date | None:
    """The calendar day of a moment in the firm's time zone: {{ promise.due_at|firm_day|due:today }}."""
    return None if value is None else timezone.localtime(value).date()


@register.simple_tag
def when(value: date | datetime, words: str) -> SafeString:
    """{% when promise.due_at words %} wraps words in <time> with the exact moment."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)
