"""Amounts in the firm's base currency, at the rate of the document's day; a stale rate is no rate.

Rates of a pair are looked up directly, then inverted, then crossed through EUR or RUB of one source and day: the
European Central Bank has published no rouble since March 2022, so EUR/RUB comes from the Russian central bank.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from billing.models import ExchangeRate
from crm.models import Firm
from crm.money import convert, round_half_up

OLDEST_DAYS = 7
PIVOTS = ("EUR", "RUB")
RATE_PLACES = 10

type Quotes = dict[tuple[str, str], Fraction]


class Conversion(NamedTuple):
    """An amount in the base currency, and the rate that was used, as it is kept on the document."""

    amount: Decimal
    rate: Decimal


def rate_between(base: str, quote: str, *, on: date) -> Fraction | None:
    """How many units of `quote` one unit of `base` was worth on the day, or None if no rate is recent enough.

    The newest day counts first; on one day a direct rate goes before an inverted one, that before a cross rate.
    """
    if base == quote:
        return Fraction(1)
    for quotes in _quotes_by_day(base, quote, on):
        if found := _direct(quotes, base, quote) or _crossed(quotes, base, quote):
            return found
    return None


def base_currency() -> str:
    return str(Firm.load().base_currency)


def convert_to_base(amount: Decimal, currency: str, *, on: date) -> Conversion | None:
    """The amount in the base currency, rounded once; None if the day has no rate."""
    return DayRates(on).to_base(amount, currency)


class DayRates:
    """The rates of one day, each looked up once: for sums over many rows."""

    def __init__(self, on: date) -> None:
        self.on, self.target = on, base_currency()
        self._known: dict[str, Fraction | None] = {}

    def to_base(self, amount: Decimal, currency: str) -> Conversion | None:
        """The amount in the base currency, rounded once; None if the day has no rate."""
        if currency not in self._known:
            self._known[currency] = rate_between(currency, self.target, on=self.on)
        rate = self._known[currency]
        if rate is None:
            return None
        return Conversion(convert(amount, rate=rate, currency=self.target), round_half_up(rate, RATE_PLACES))


def require_base(amount: Decimal, currency: str, *, on: date) -> Conversion:
    """Like `convert_to_base`; ValidationError `exchange_rate_missing` names currency and day."""
    found = convert_to_base(amount, currency, on=on)
    if found is None:
        raise ValidationError(
            _("There is no exchange rate from %(currency)s to %(base)s for %(on)s or the %(days)s days before."),
            code="exchange_rate_missing",
            params={"currency": currency, "base": base_currency(), "on": on.isoformat(), "days": OLDEST_DAYS},
        )
    return found


def _quotes_by_day(base: str, quote: str, on: date) -> Iterator[Quotes]:
    """Usable rates, by day from the newest, and by source within it, because a cross rate mixes neither."""
    wanted = {base, quote, *PIVOTS}
    rows = ExchangeRate.objects.filter(
        Q(base__in=wanted, quote__in=wanted), valid_on__gt=on - timedelta(days=OLDEST_DAYS + 1), valid_on__lte=on
    ).order_by("-valid_on", "source")
    found: dict[tuple[date, str], Quotes] = {}
    for row in rows:
        found.setdefault((row.valid_on, row.source), {})[row.base, row.quote] = Fraction(row.rate)
    yield from found.values()


def _direct(quotes: Quotes, base: str, quote: str) -> Fraction | None:
    if (base, quote) in quotes:
        return quotes[base, quote]
    return 1 / quotes[quote, base] if (quote, base) in quotes else None


def _crossed(quotes: Quotes, base: str, quote: str) -> Fraction | None:
    for pivot in PIVOTS:
        to_pivot, from_pivot = _direct(quotes, base, pivot), _direct(quotes, pivot, quote)
        if to_pivot and from_pivot:
            return to_pivot * from_pivot
    return None
