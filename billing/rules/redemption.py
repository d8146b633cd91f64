"""What prepaid hours are worth when they are used: a step towards the end of what was paid for all of them.

The VAT of a multi-purpose voucher is reckoned on what was paid for it (UStG § 10(1) S. 6); the last hours take the
rest, so that all of it is taxed to the cent.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from crm.money import quantise

ZERO = Decimal("0.00")


def redeemed_values(
    minutes: Sequence[int], *, left_minutes: int, left_amount: Decimal, currency: str
) -> tuple[Decimal, ...]:
    """The amount of each use in its order; ValueError for more minutes than were sold and not used yet."""
    if sum(minutes) > left_minutes:
        raise ValueError(f"{sum(minutes)} min of {left_minutes} min")
    values = []
    for used in minutes:
        value = quantise(Fraction(left_amount) * used / left_minutes, currency) if left_minutes else ZERO
        values.append(value)
        left_minutes, left_amount = left_minutes - used, left_amount - value
    return tuple(values)


def take_in_order(asked: Decimal, available: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """What is taken of each, the first ones first; all that there is where more is asked."""
    taken = []
    for amount in available:
        part = min(asked, max(ZERO, amount))
        taken.append(part)
        asked -= part
    return tuple(taken)
