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

from crm.money import quantise, round_half_up

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
    """What a client brought and cost on one day, both net and not negative by convention of the books."""

    on: date
    revenue: Decimal
    cost: Decimal


class HistoricalValue(NamedTuple):
    """Past margin: `plain` is exact, `discounted` carries full precision and is rounded where it is shown."""

    plain: Decimal
    discounted: Decimal


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


@dataclass(frozen=True, slots=True)
class RetainerComparison:
    """A fee each month against one price now, from the firm's side.

    Amounts are rounded to the minor unit. `saving` is what the client saves nominally, `saving_percent` of
    the price with one decimal. `indifference_fee` is the fee whose present value equals the price.
    `break_even_renewal` is the yearly renewal rate from which the retainer is worth as much as one-off
    orders repeated at `repeat_rate`: 0.0 if it always is, None if it never is.
    """

    nominal: Decimal
    saving: Decimal
    saving_percent: Decimal
    present_value: Decimal
    indifference_fee: Decimal
    one_off_years_value: Decimal
    break_even_renewal: float | None


def compare_retainer(
    *,
    one_off: Decimal,
    monthly_fee: Decimal,
    months: int = 12,
    annual_rate: Decimal,
    repeat_rate: Decimal = Decimal("0.50"),
    years: int = 3,
) -> RetainerComparison:
    """Compare `months` fees at month ends with a price paid now, at an effective yearly rate.

    80 000 x 12 against 1 000 000 at 15 %: present value 890 726.13, indifference fee 89 814.36. Over `years`
    rounds the next round begins a year later with probability `repeat_rate` or, for the retainer, the renewal
    rate. ValueError for an amount or a length that is not positive.
    """
    if one_off <= 0 or monthly_fee <= 0 or months <= 0 or years <= 0 or annual_rate <= -1:
        raise ValueError("a comparison needs positive amounts and lengths and a rate above -100 %")
    nominal, factor = monthly_fee * months, annuity_factor(months, annual_rate)
    present = monthly_fee * factor
    repeated = one_off * repeated_rounds(repeat_rate, annual_rate=annual_rate, years=years)
    return RetainerComparison(
        nominal=quantise(nominal),
        saving=quantise(one_off - nominal),
        saving_percent=round_half_up(100 * (one_off - nominal) / one_off, 1),
        present_value=quantise(present),
        indifference_fee=quantise(one_off / factor),
        one_off_years_value=quantise(repeated),
        break_even_renewal=_break_even(present, repeated, annual_rate, years),
    )


def annuity_factor(months: int, annual_rate: Decimal) -> Decimal:
    """Present value of 1 at the end of each of so many months: sum of (1 + d)^(-m / 12)."""
    return sum(((1 + annual_rate) ** (Decimal(-month) / 12) for month in range(1, months + 1)), Decimal(0))


def repeated_rounds(rate: Decimal, *, annual_rate: Decimal, years: int) -> Decimal:
    """Discounted number of yearly rounds that take place if each follows the last with probability `rate`."""
    return sum(((rate / (1 + annual_rate)) ** year for year in range(1, years)), Decimal(1))


def _break_even(present: Decimal, repeated: Decimal, annual_rate: Decimal, years: int) -> float | None:
    def worth(rate: Decimal) -> Decimal:
        return present * repeated_rounds(rate, annual_rate=annual_rate, years=years)

    low, high = Decimal(0), Decimal(1)
    if worth(high) < repeated:
        return None
    if worth(low) >= repeated:
        return 0.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if worth(middle) < repeated else (low, middle)
    return float(high)
