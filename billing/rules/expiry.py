"""The end of a package: what expires at midnight, what stays for pending work, what comes back for late entries.

Expiry takes only what no pending entry worked on or before the last valid day still needs.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from crm.money import quantise

NOTICE_DAYS = (60, 30, 7)
GRACE_DAYS = 30
"""Validity of the package to which a correction is credited when its own has expired."""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Minutes that expire now, and minutes that stay reserved for pending entries."""

    expired: int
    reserved: int


@dataclass(frozen=True, slots=True)
class LateDraw:
    """What a draw for a day inside validity books after the expiry.

    An expiry row is reversed as a whole (a row is reversed once), and what the draw does not need expires
    again: `reversed_minutes` come back, `expired_again` go.
    """

    drawn: int
    reversed_minutes: int
    expired_again: int


def expires_on_run(last_valid_on: date | None, *, on: date) -> bool:
    """Whether the package has ended by the day: it expires at midnight after its last valid day."""
    return last_valid_on is not None and last_valid_on < on


def expire(balance: int, *, pending: int) -> Expiry:
    """Divide the balance at the end; run again when a pending entry was approved, rejected or deleted."""
    left = max(0, balance)
    reserved = min(left, max(0, pending))
    return Expiry(expired=left - reserved, reserved=reserved)


def draw_after_expiry(wanted: int, *, balance: int, expired: int) -> LateDraw:
    """Draw for an entry logged late: first what is left, then out of what had expired."""
    drawn = min(max(0, wanted), max(0, balance) + expired)
    if drawn <= max(0, balance):
        return LateDraw(drawn, 0, 0)
    return LateDraw(drawn, expired, max(0, balance) + expired - drawn)


def notices_due(last_valid_on: date, *, on: date, sent: Container[int] = ()) -> list[int]:
    """Distances (60, 30, 7 days) whose day has come and that were not sent; none once it is over."""
    left = (last_valid_on - on).days
    if left < 0:
        return []
    return [days for days in NOTICE_DAYS if left <= days and days not in sent]


def grace_until(credited_on: date) -> date:
    """Last valid day of a grace package that takes a correction of expired minutes."""
    return credited_on + timedelta(days=GRACE_DAYS)


def refund_limit(unused: int, *, purchased: int, price: Decimal, currency: str) -> Decimal:
    """The most that can be refunded: unused minutes at the purchase price."""
    if purchased <= 0:
        return quantise(0, currency)
    return quantise(Fraction(price) * min(max(0, unused), purchased) / purchased, currency)
