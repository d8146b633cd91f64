"""Direct channels: why somebody at a client may hold a card, an address or a number of one of our people."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

OPENING = frozenset({"image", "special"})
"""Designations that allow a direct channel whatever the client buys."""


class Ground(StrEnum):
    TIER = "tier"
    DESIGNATION = "designation"
    REVENUE = "revenue"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client brings: `revenue` of twelve months and the seller's `threshold`, both in the base currency."""

    tier_allows: bool = False
    designations: Collection[str] = field(default_factory=frozenset)
    revenue: Decimal | None = None
    threshold: Decimal | None = None


def ground_of(standing: Standing) -> Ground | None:
    """Why the client may hold direct channels, the firmest ground first; None where only a partner may allow one.

    A seller without a threshold goes by its tiers and designations alone.
    """
    if standing.tier_allows:
        return Ground.TIER
    if OPENING & set(standing.designations):
        return Ground.DESIGNATION
    known = standing.revenue is not None and standing.threshold is not None
    return Ground.REVENUE if known and standing.revenue >= standing.threshold else None  # type: ignore[operator]
