"""Rules of the key-client designations that follow from figures; `image` is never touched by a revenue rule."""

from datetime import date
from decimal import Decimal

from crm.periods import months_between

LARGE_SHARE = Decimal("0.05")
REGULAR_MONTHS = 12


def is_large_regular(*, share: Decimal | None, since_on: date | None, on: date) -> bool:
    """Large: at least a twentieth of the firm's revenue; regular: a client for at least twelve months."""
    if share is None or since_on is None:
        return False
    return share >= LARGE_SHARE and months_between(since_on, on) >= REGULAR_MONTHS


def growth_ratio(current: Decimal, potential: Decimal) -> Decimal | None:
    """How many times over a prospective client may grow: 200 today and 2000 tomorrow is 10."""
    return potential / current if current > 0 else None


def image_value(own: Decimal | None, referred: Decimal) -> Decimal | None:
    """What a magnet is worth: its own value, if it has one, and what the clients that it referred have brought."""
    return own + referred if own is not None else referred or None
