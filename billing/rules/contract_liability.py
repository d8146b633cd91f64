"""Contract liability of a package: hours that were sold and are still owed, at the price they were sold for.

opening + sold - drawn - expired - refunded = closing, to the cent and by construction: every use is valued as
a step along one curve, first hours sold first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from crm.money import quantise

ZERO = Decimal("0.00")


class Use(StrEnum):
    DRAWN = "drawn"
    EXPIRED = "expired"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Sale:
    """Minutes bought (or granted, at a price of zero) on a day; the price is net."""

    sold_on: date
    minutes: int
    net_price: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Movement:
    """Minutes used on a day; negative for what a reversal gives back."""

    used_on: date
    minutes: int
    use: Use = Use.DRAWN


class Flow[T](NamedTuple):
    """What was owed, what came and went, what is owed now; `drawn` is earned revenue, `expired` breakage."""

    opening: T
    sold: T
    drawn: T
    expired: T
    refunded: T
    closing: T


class Liability(NamedTuple):
    """One package and period, in money and in minutes."""

    amounts: Flow[Decimal]
    minutes: Flow[int]


def value_of_use(used: int, sales: Sequence[Sale], currency: str) -> Decimal:
    """What the first `used` minutes were sold for. Minutes beyond all sales were sold for nothing."""
    left = max(0, used)
    value = Fraction(0)
    for sale in sorted(sales, key=lambda sale: sale.sold_on):
        taken = min(left, sale.minutes)
        if sale.minutes:
            value += Fraction(sale.net_price) * taken / sale.minutes
        left -= taken
    return quantise(value, currency)


def contract_liability(
    sales: Iterable[Sale], movements: Iterable[Movement], *, first: date, last: date, currency: str = "EUR"
) -> Liability:
    """The liability of the period from `first` to `last`, both inclusive."""
    known = [sale for sale in sales if sale.sold_on <= last]
    before = [sale for sale in known if sale.sold_on < first]
    moves = [move for move in movements if move.used_on <= last]
    minutes = _minutes(known, before, moves, first)
    used_before = sum(move.minutes for move in moves if move.used_on < first)
    opening = _price(before) - value_of_use(used_before, before, currency)
    steps = list(accumulate((minutes.drawn, minutes.expired, minutes.refunded), initial=used_before))
    values = [value_of_use(used, known, currency) for used in steps[1:]]
    sold, closing = _price(known) - _price(before), _price(known) - values[-1]
    drawn = opening + sold - (_price(known) - values[0])
    amounts = Flow(opening, sold, drawn, values[1] - values[0], values[2] - values[1], closing)
    return Liability(amounts, minutes)


def _minutes(known: Sequence[Sale], before: Sequence[Sale], moves: Sequence[Movement], first: date) -> Flow[int]:
    used = {use: sum(move.minutes for move in moves if move.use is use and move.used_on >= first) for use in Use}
    opening = sum(sale.minutes for sale in before) - sum(move.minutes for move in moves if move.used_on < first)
    sold = sum(sale.minutes for sale in known) - sum(sale.minutes for sale in before)
    drawn, expired, refunded = used[Use.DRAWN], used[Use.EXPIRED], used[Use.REFUNDED]
    return Flow(opening, sold, drawn, expired, refunded, opening + sold - drawn - expired - refunded)


def _price(sales: Iterable[Sale]) -> Decimal:
    return sum((sale.net_price for sale in sales), ZERO)
