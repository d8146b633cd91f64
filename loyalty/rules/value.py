"""What a client is worth, in figures anyone can check: the simple value, the past, a fee against one price.

Decimal in, Decimal out. A missing factor gives no figure and a zero gives zero; nothing is guessed from too
few purchases, and the value shown always names where it comes from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

from crm.money import quantise

DEFAULT_YEARS = Decimal(5)
"""How long a client is reckoned to stay in the simple value [our choice]."""

SETTLED_MONTHS = 12
"""Clients younger than this show the value of their segment."""

SETTLED_PURCHASES = 3
"""Clients with fewer purchases than this show the value of their segment."""


def simple_value(
    years: Decimal | None, purchases_per_year: Decimal | None, average_check: Decimal | None
) -> Decimal | None:
    """Years x purchases per year x average check, rounded once: 5 x 20 x 500 = 50 000.00.

    Revenue, undiscounted, as if nobody left. None if a factor is missing (also beside a zero), 0.00 if one is
    zero. ValueError for a negative factor.
    """
    if years is None or purchases_per_year is None or average_check is None:
        return None
    if min(years, purchases_per_year, average_check) < 0:
        raise ValueError("the factors of a value are not negative")
    return quantise(years * purchases_per_year * average_check)


def discounted_margin(
    years: int, purchases_per_year: Decimal, average_check: Decimal, *, margin: Decimal, annual_rate: Decimal
) -> Decimal:
    """The simple value as margin paid at the end of each year and discounted, rounded once.

    5 x 20 x 500 at a margin of 40 % and 15 % a year: 13 408.62. Rates are fractions; ValueError for negative
    factors or a rate of -100 % or less.
    """
    if years < 0 or min(purchases_per_year, average_check) < 0 or annual_rate <= -1:
        raise ValueError("the factors of a value are not negative and the rate is above -100 %")
    yearly = purchases_per_year * average_check * margin
    return quantise(sum((yearly / (1 + annual_rate) ** year for year in range(1, years + 1)), Decimal(0)))


class Factors(NamedTuple):
    """The client's own factors of the simple value; `average_check` is None without a purchase."""

    purchases_per_year: Decimal
    average_check: Decimal | None


def own_factors(revenue: Decimal, purchases: int, *, months: int = 12) -> Factors:
    """Factors from a window of so many months: net revenue and number of purchases in it.

    A purchase is an issued invoice that was not fully credited; each fee of a retainer is one. The average is
    not rounded here. ValueError for a negative count or an empty window.
    """
    if purchases < 0 or months <= 0:
        raise ValueError("purchases are counted from 0 up, in a window of at least a month")
    average = max(revenue, Decimal(0)) / purchases if purchases else None
    return Factors(Decimal(12 * purchases) / months, average)


def segment_average(values: Iterable[Decimal | None]) -> Decimal | None:
    """Mean simple value of a segment's clients (24 months), rounded; those without a figure do not count."""
    known = [value for value in values if value is not None]
    return quantise(sum(known, Decimal(0)) / len(known)) if known else None


type Source = Literal["own", "segment", "firm"]


@dataclass(frozen=True, slots=True)
class ShownValue:
    """The value to show, and whose it is; both None where nothing is known.

    `typical_new_client` marks a figure that is borrowed from others.
    """

    value: Decimal | None
    source: Source | None

    @property
    def typical_new_client(self) -> bool:
        return self.source in ("segment", "firm")


def choose_value(
    own: Decimal | None,
    *,
    purchases: int,
    months_as_client: int | None,
    segment: Decimal | None,
    firm: Decimal | None,
) -> ShownValue:
    """The client's own simple value once it is settled, else its segment's, else the firm's average.

    Settled: a client for at least 12 months with at least 3 purchases. `months_as_client` is None for a
    prospect. A settled client whose own figure is missing borrows one as well.
    """
    settled = months_as_client is not None and months_as_client >= SETTLED_MONTHS
    if settled and purchases >= SETTLED_PURCHASES and own is not None:
        return ShownValue(own, "own")
    if segment is not None:
        return ShownValue(segment, "segment")
    return ShownValue(firm, "firm" if firm is not None else None)


class Flow(NamedTuple):
    """What a client brought and cost on one day, both net and not negative by convention of the books.

    `cost` is None where nobody knows it.
    """

    on: date
    revenue: Decimal
    cost: Decimal | None


class HistoricalValue(NamedTuple):
    """Past margin: `plain` is exact, `discounted` carries full precision and is rounded where it is shown.

    Both are None where a cost is not known.
    """

    plain: Decimal | None
    discounted: Decimal | None


def historical_value(flows: Iterable[Flow], *, as_of: date, annual_rate: Decimal) -> HistoricalValue:
    """Sum of revenue - cost to serve, plain and compounded to `as_of` at (1 + d)^(days / 365), ACT/365.

    `annual_rate` is a fraction (0.15). ValueError for a flow after `as_of` or a rate of -100 % or less.
    """
    if annual_rate <= -1:
        raise ValueError("a discount rate is above -100 %")
    plain = discounted = Decimal(0)
    for flow in flows:
        if flow.on > as_of:
            raise ValueError(f"{flow.on} is not history as of {as_of}")
        if flow.cost is None:
            return HistoricalValue(None, None)
        margin = flow.revenue - flow.cost
        plain += margin
        discounted += margin * _growth((as_of - flow.on).days, annual_rate)
    return HistoricalValue(plain, discounted)


@lru_cache(maxsize=8192)
def _growth(days: int, annual_rate: Decimal) -> Decimal:
    """(1 + d)^(days / 365): a firm has few distinct days and many flows, and the power is what costs."""
    return (1 + annual_rate) ** (Decimal(days) / 365)


class Band(NamedTuple):
    """A value told roughly: at least `low` and under `high`, None where the band is open."""

    low: Decimal | None
    high: Decimal | None


DEFAULT_BANDS = (Decimal(10_000), Decimal(50_000), Decimal(250_000), Decimal(1_000_000))
"""Bounds in base currency of the bands that consultants see instead of amounts [our choice]."""


def value_band(value: Decimal | None, bounds: Sequence[Decimal] = DEFAULT_BANDS) -> Band | None:
    """The band of a value; a bound belongs to the band above it. ValueError unless the bounds rise."""
    if any(low >= high for low, high in pairwise(bounds)):
        raise ValueError("the bounds of bands rise")
    if value is None:
        return None
    low = max((bound for bound in bounds if bound <= value), default=None)
    return Band(low, min((bound for bound in bounds if bound > value), default=None))
