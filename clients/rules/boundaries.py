"""How much one client asks beyond the contract, seen beside the clients of the same tier."""

from collections.abc import Collection
from fractions import Fraction
from statistics import median

FEWEST = 5


def middle_of(amounts: Collection[int], *, members: int) -> Fraction | None:
    """The median over all members of a tier, of whom those without an amount count as nothing.

    None from fewer than five members: too few to say what is usual.
    """
    if members < FEWEST:
        return None
    silent = max(0, members - len(amounts))
    return Fraction(median([*amounts, *([0] * silent)]))
