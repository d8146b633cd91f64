"""Small invoices that a package of hours would spare: how many are too many, and which package to offer.

An invoice, or an offer, for every short call costs both sides more than the call; prepaid hours need neither.
"""

from decimal import Decimal

SMALL = {"EUR": Decimal("300.00"), "RUB": Decimal("25000.00")}
"""Gross amounts up to which an invoice is small; in other currencies nobody has said so."""
BEARABLE = 6
MONTHS = 12
SIZES_MINUTES = (50 * 60, 100 * 60)


def should_offer_package(small_invoices: int) -> bool:
    """Whether a client had more than six small invoices in 12 months."""
    return small_invoices > BEARABLE


def size_to_offer(minutes_a_year: int) -> int:
    """The largest usual package that a year of such work uses up, else the smallest one."""
    fitting = [size for size in SIZES_MINUTES if size <= minutes_a_year]
    return max(fitting, default=SIZES_MINUTES[0])
