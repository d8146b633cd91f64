"""A client's value as a band, for people who may know its size but not its amount."""

from decimal import Decimal
from typing import NamedTuple

FIVE, TEN = Decimal(5), Decimal(10)


class Band(NamedTuple):
    """From `low` up to, not including, `high`."""

    low: Decimal
    high: Decimal


LEAST = Band(Decimal(0), Decimal(1000))


def value_band(amount: Decimal) -> Band:
    """The band of steps 1, 5, 10 that holds the amount: 12 300 lies in 10 000 to 50 000; below 1 000 is one band."""
    if amount < LEAST.high:
        return LEAST
    power = TEN ** (amount.adjusted())
    low = FIVE * power if amount >= FIVE * power else power
    return Band(low, TEN * power if low > power else FIVE * power)
