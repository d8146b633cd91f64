"""How far the best price of a service lies below the ordinary one, and when that is too far.

A wide spread tells ordinary clients how large the mark-up is; where it is meant to motivate, its steps are shown.
"""

from decimal import Decimal
from fractions import Fraction
from math import ceil

from crm.money import quantise, round_half_up

WIDE = Decimal("0.25")


def discounted(price: Decimal, percent: Decimal, currency: str) -> Decimal:
    """The price of an hour less so many per cent, rounded once."""
    return quantise(Fraction(price) * (100 - Fraction(percent)) / 100, currency)


def spread_of(best: Decimal, ordinary: Decimal) -> Decimal:
    """1 - best / ordinary, with six decimals; nothing where nobody pays less."""
    if ordinary <= 0:
        raise ValueError("an ordinary price is above zero")
    return max(round_half_up(1 - Fraction(best) / Fraction(ordinary), 6), Decimal(0))


def percent_below(price: Decimal, ordinary: Decimal) -> Decimal:
    """How many per cent a price lies below the ordinary one, rounded up to two decimals; 0 where it does not."""
    share = 1 - Fraction(price) / Fraction(ordinary)
    return Decimal(ceil(share * 10_000)) / 100 if share > 0 else Decimal(0)


def margin_after(revenue: Decimal, margin: Decimal, *, off: Decimal) -> Decimal | None:
    """The share of revenue that stays when so much of it is given away; None where nothing would be left of it."""
    left = Fraction(revenue) - Fraction(off)
    return round_half_up((Fraction(margin) - Fraction(off)) / left, 6) if left > 0 else None
