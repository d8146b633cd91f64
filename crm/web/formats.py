"""How numbers, money, durations and dates are written on a page: one voice in three languages.

Groups are parted by a narrow no-break space, the unit follows the number, a negative has a real minus.
Nothing here reads the clock: what is "today" is an argument.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.dates import format_time as babel_time
from babel.numbers import get_decimal_symbol
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.money import Exact, exponent, round_half_up

NARROW = "\u202f"
MINUS = "\u2212"
NOTHING = "–"

SYMBOLS = {"EUR": "€", "RUB": "₽", "USD": "$", "GBP": "£", "CHF": "CHF", "CNY": "¥", "KZT": "₸"}
MILLION, MILLIARD = 10**6, 10**9
UNITS = {
    "en": {MILLION: "M", MILLIARD: "B"},
    "ru": {MILLION: "млн", MILLIARD: "млрд"},
    "de": {MILLION: "Mio.", MILLIARD: "Mrd."},
}
HOUR = {"en": "h", "ru": "ч", "de": "h"}
WEEK = 7


@dataclass(frozen=True, slots=True)
class Written:
    """A number and its unit, apart because a page draws the unit paler."""

    number: str
    unit: str

    def __str__(self) -> str:
        return f"{self.number}{NARROW}{self.unit}" if self.unit else self.number


def language() -> str:
    """The two letters of the language in which the page is written."""
    code = (get_language() or "en")[:2]
    return code if code in UNITS else "en"


def write_number(value: Exact, places: int = 0, *, trim: bool = False) -> str:
    """The number rounded half up; `trim` drops zeros after the decimal sign (8.50 becomes 8.5)."""
    rounded = round_half_up(value, places)
    whole, _dot, rest = f"{abs(rounded):f}".partition(".")
    rest = rest.rstrip("0") if trim else rest
    grouped = f"{int(whole):,}".replace(",", NARROW)
    text = f"{grouped}{_decimal_sign(language())}{rest}" if rest else grouped
    return f"{MINUS}{text}" if rounded < 0 else text


@cache
def _decimal_sign(code: str) -> str:
    return get_decimal_symbol(code)


def write_money(amount: Exact, currency: str, *, whole: bool = False) -> Written:
    """The exact amount with all decimals of its currency, or rounded to whole units."""
    places = 0 if whole else exponent(currency)
    return Written(write_number(amount, places), SYMBOLS.get(currency, currency))


def write_short(amount: Exact, currency: str) -> Written:
    """The amount as it is said: 863 000 ₽, 128.4 M ₽, 1.2 B ₽."""
    for unit in (MILLIARD, MILLION):
        if 2 * max(amount, -amount) >= 2 * unit - 1:
            return Written(_in_units(amount, unit), SYMBOLS.get(currency, currency))
    return write_money(amount, currency, whole=True)


def write_range(low: Exact | None, high: Exact | None, currency: str) -> str:
    """An amount told roughly: “50 000 to 250 000 €”, open at the ends; empty without any end."""
    if low is None:
        return _("under %(high)s") % {"high": write_short(high, currency)} if high is not None else ""
    if high is None:
        return _("over %(low)s") % {"low": write_short(low, currency)}
    return _("%(low)s to %(high)s") % {"low": write_short(low, currency).number, "high": write_short(high, currency)}


def _in_units(amount: Exact, unit: int) -> str:
    return f"{write_number(Fraction(amount) / unit, 1, trim=True)}{NARROW}{UNITS[language()][unit]}"


def write_signed(value: Exact, places: int = 0) -> str:
    """The number with its sign: +14, −3, and 0 without one."""
    rounded = round_half_up(value, places)
    return f"+{write_number(rounded, places)}" if rounded > 0 else write_number(rounded, places)


def write_percent(share: Exact, places: int = 1) -> str:
    """A share between 0 and 1 as percent: 22.1%, in Russian and German with a space before the sign."""
    sign = "%" if language() == "en" else f"{NARROW}%"
    return f"{write_number(Fraction(share) * 100, places, trim=True)}{sign}"


def write_clock(minutes: int) -> str:
    """A duration as it is typed: 1:30."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{MINUS if minutes < 0 else ''}{hours}:{rest:02d}"


def write_balance(minutes: int) -> str:
    """8.5, 7.0 and 8.25: hours with at least one decimal, so that a balance before and after align."""
    return write_number(Fraction(minutes, 60), 1 if minutes % 6 == 0 else 2)


def write_hours(minutes: int) -> Written:
    """A duration as it stands in balances: 8.5 h, 8.25 h."""
    return Written(write_number(Fraction(minutes, 60), 2, trim=True), HOUR[language()])


def write_day(day: date, today: date | None = None) -> str:
    """27 Nov, with the year unless it is this year's."""
    same_year = today is not None and day.year == today.year
    if language() == "en":
        return format_date(day, "d MMM" if same_year else "d MMM y", locale="en")
    return format_skeleton("MMMd" if same_year else "yMMMd", day, locale=language())


# Written once the language of the reader is known: words of a task follow its assignee.
lazy_day = lazy(write_day, str)
lazy_number = lazy(write_number, str)


def write_long_day(day: date) -> str:
    """Thursday, 26 November."""
    return format_date(day, f"EEEE, {_ordinal()} MMMM", locale=language())


def write_weekday(day: date, *, full: bool = False) -> str:
    """Fri 27 Nov, or Friday 27 Nov."""
    return format_date(day, f"{'EEEE' if full else 'EE'} {_ordinal()} MMM", locale=language())


def _ordinal() -> str:
    """The day of the month before its name: German writes it with a full stop."""
    return "d." if language() == "de" else "d"


def write_month(day: date) -> str:
    """November 2026, as it stands alone."""
    return format_date(day, "LLLL y", locale=language())


def write_time(moment: datetime) -> str:
    """17:00 in the firm's time zone."""
    return babel_time(timezone.localtime(moment), "HH:mm", locale=language())


def write_moment(moment: datetime, today: date) -> str:
    """today, 17:00; tomorrow, 9:30; else 30 Nov, 17:00. In the firm's time zone."""
    day = timezone.localtime(moment).date()
    near = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    return f"{near.get((day - today).days) or write_day(day, today)}, {write_time(moment)}"


def write_relative(day: date, today: date) -> str:
    """Words within a week of today, the date outside of it: tomorrow, Friday 27 Nov."""
    distance = (day - today).days
    if distance == 0:
        return _("today")
    if abs(distance) > WEEK:
        return write_day(day, today)
    return f"{_near_words(distance)}, {write_weekday(day, full=abs(distance) == 1)}"


def _near_words(distance: int) -> str:
    if distance == 1:
        return _("tomorrow")
    if distance == -1:
        return _("yesterday")
    if distance > 0:
        return ngettext("in %(n)s day", "in %(n)s days", distance) % {"n": distance}
    return ngettext("%(n)s day ago", "%(n)s days ago", -distance) % {"n": -distance}


def write_due(day: date, today: date) -> str:
    """due tomorrow, Friday 27 Nov; 3 days late, Mon 23 Nov; due 14 Dec."""
    late = (today - day).days
    if late > 0:
        words = ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
        when = write_weekday(day) if late <= WEEK else write_day(day, today)
        return f"{words}, {when}"
    return _("due %(when)s") % {"when": write_relative(day, today)}


def due_tone(day: date, today: date) -> str:
    """bad when late, warn on the last day, else nothing."""
    if day < today:
        return "bad"
    return "warn" if day - today < timedelta(days=1) else ""


def weekday_names() -> list[str]:
    """Monday to Sunday, short, as the head of a week."""
    names = Locale.parse(language()).days["stand-alone"]["abbreviated"]
    return [names[number] for number in range(WEEK)]
