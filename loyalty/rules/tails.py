"""How heavy the tail of clients' sizes is: Hill's index of the largest amounts.

A small index means that size knows no scale: the next client may be larger than all before, and averages say little.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.nps import normal_quantile

FEWEST_IN_TAIL = 25
"""With 25 in the tail the standard error is a fifth of the index; with fewer it cannot tell 1 from 2 [our choice]."""
FEWEST = 100
"""Below a hundred amounts the 25 largest would be more than a quarter of all, and no tail any more [our choice]."""
TAIL_PART = 10
"""From 250 on the tail is the largest tenth, as in the notes' simulation (200 of 2000)."""


@dataclass(frozen=True, slots=True)
class Tail:
    """The index with its standard error; `k` of `n` positive amounts are the tail, all above `threshold`."""

    index: float
    error: float
    k: int
    n: int
    threshold: Decimal

    @property
    def twice(self) -> float:
        """Of the amounts above any mark in the tail the share that is above twice that mark: 2 to the minus index."""
        return float(2**-self.index)

    def interval(self, *, level: float = 0.95) -> tuple[float, float]:
        """On the logarithm, whose error is 1 / sqrt(k) whatever the index, so that it stays positive."""
        reach = math.exp(normal_quantile(level) / math.sqrt(self.k))
        return self.index / reach, self.index * reach


def tail_size(n: int) -> int | None:
    """How many of n amounts are taken as the tail; None where they are too few."""
    return max(FEWEST_IN_TAIL, n // TAIL_PART) if n >= FEWEST else None


def hill(amounts: Iterable[Decimal]) -> Tail | None:
    """Index of the tail of positive amounts: k / sum ln(x_i / x_(k+1)), error index / sqrt(k) (Hill 1975).

    It holds for a tail that falls as a power of size; the further the cut reaches into the body, the more it is
    pulled upwards, which the error does not tell. None with fewer than 100 amounts, or where the k largest are equal.
    """
    ordered = sorted((amount for amount in amounts if amount > 0), reverse=True)
    k = tail_size(len(ordered))
    if k is None:
        return None
    logs = math.fsum(float((amount / ordered[k]).ln()) for amount in ordered[:k])
    if logs <= 0:
        return None
    return Tail(k / logs, math.sqrt(k) / logs, k, len(ordered), ordered[k])
