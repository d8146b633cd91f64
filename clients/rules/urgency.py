"""In which order one works through a day: what is at stake and how late it is count alike."""

from decimal import Decimal

AHEAD_DAYS, LATE_DAYS = 7, 14


def weight(stake: Decimal, *, largest: Decimal, days_late: int) -> Decimal:
    """From 0 to 2: the share of the largest stake on the list, and the lateness between a week ahead and 14 days late.

    So the most valuable client due in a week stands level with a worthless one that is two weeks late.
    """
    share = min(max(stake, Decimal(0)) / largest, Decimal(1)) if largest > 0 else Decimal(0)
    lateness = Decimal(days_late + AHEAD_DAYS) / (AHEAD_DAYS + LATE_DAYS)
    return share + min(max(lateness, Decimal(0)), Decimal(1))
