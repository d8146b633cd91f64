"""Tiers suggested from revenue, by the cumulative share before the client; `vip` is never suggested, nor touched."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypedDict


class TierDefaults(TypedDict):
    attention_days: int
    first_response_hours: int
    discount_ceiling_percent: int
    goodwill_minutes: int
    direct_channels: bool
    call_back_minutes: int | None


LEAST_CLIENTS = 5
# The policies that a firm starts with; a partner edits the rows made of them.
DEFAULT_TIERS: Mapping[str, TierDefaults] = {
    "vip": {
        "attention_days": 7,
        "first_response_hours": 2,
        "discount_ceiling_percent": 15,
        "goodwill_minutes": 2400,
        "direct_channels": True,
        "call_back_minutes": 60,
    },
    "a": {
        "attention_days": 14,
        "first_response_hours": 4,
        "discount_ceiling_percent": 10,
        "goodwill_minutes": 1200,
        "direct_channels": False,
        "call_back_minutes": None,
    },
    "b": {
        "attention_days": 30,
        "first_response_hours": 8,
        "discount_ceiling_percent": 5,
        "goodwill_minutes": 600,
        "direct_channels": False,
        "call_back_minutes": None,
    },
    "c": {
        "attention_days": 90,
        "first_response_hours": 24,
        "discount_ceiling_percent": 0,
        "goodwill_minutes": 300,
        "direct_channels": False,
        "call_back_minutes": None,
    },
}
A_UNDER, B_UNDER = Decimal("0.80"), Decimal("0.95")


def suggest_tiers[K](revenue: Mapping[K, Decimal]) -> dict[K, str]:
    """`a` while the clients before it make under 80 % of revenue, `b` under 95 %, then `c`.

    Empty for fewer than five clients or no revenue at all: from so little nothing follows. Equal revenues share
    the better tier, so that the answer does not depend on the order of rows.
    """
    total = sum((max(amount, Decimal(0)) for amount in revenue.values()), Decimal(0))
    if len(revenue) < LEAST_CLIENTS or not total:
        return {}
    tiers, before, level, previous = {}, Decimal(0), Decimal(0), None
    for key, amount in sorted(revenue.items(), key=lambda item: -item[1]):
        if amount != previous:
            level, previous = before, amount
        tiers[key] = _tier(level / total) if amount > 0 else "c"
        before += max(amount, Decimal(0))
    return tiers


def _tier(share_before: Decimal) -> str:
    if share_before < A_UNDER:
        return "a"
    return "b" if share_before < B_UNDER else "c"
