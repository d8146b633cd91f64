"""What became of hours bought ahead: how many lots that were used up were followed by another, and how fast they burn.

A lot is one purchase, the first or a top-up. Hours leave a package in the order in which they were bought, so that
a package that was topped up in time had its first lot used up nonetheless, and followed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import NormalDist
from typing import NamedTuple

GRACE_DAYS = 60
"""So long after the last hour a further purchase counts as following; until then a lot without one is open."""
FEWEST = 10
"""Below ten judged lots the interval spans more than half of all shares, and nothing is said."""


class Lot(NamedTuple):
    """A purchase of hours: its day and minutes."""

    bought_on: date
    minutes: int


class UsedUp(NamedTuple):
    """A lot of which the last minute went on a day."""

    lot: Lot
    used_up_on: date

    @property
    def weeks(self) -> float:
        """How long it lasted; a lot that went on its first day lasted that day."""
        return ((self.used_up_on - self.lot.bought_on).days + 1) / 7


def used_up(lots: Sequence[Lot], draws: Iterable[tuple[date, int]]) -> list[UsedUp]:
    """Lots of one package that are gone, oldest first; `draws` are minutes by day, corrections negative."""
    found: list[UsedUp] = []
    waiting, bought, drawn = sorted(lots), 0, 0
    for day, minutes in sorted(draws):
        drawn += minutes
        while waiting and drawn >= bought + waiting[0].minutes:
            lot = waiting.pop(0)
            bought += lot.minutes
            found.append(UsedUp(lot, max(day, lot.bought_on)))
    return found


class Judged(NamedTuple):
    """Lots that were used up long enough ago or were followed, and how many were."""

    lots: int
    followed: int


def judge(gone: Iterable[UsedUp], purchases: Iterable[date], *, on: date) -> Judged:
    """Of one client's used-up lots those followed by a further purchase, from their own purchase on.

    `purchases` are the days of all purchases of the client, those of the lots too. Lots that may still be followed
    are left out.
    """
    days, lots, followed = sorted(purchases), 0, 0
    for lot, end in sorted(gone):
        last = end + timedelta(days=GRACE_DAYS)
        place = days.index(lot.bought_on) + 1 if lot.bought_on in days else 0
        is_followed = any(lot.bought_on <= day <= min(last, on) for day in days[place:])
        lots += is_followed or last <= on
        followed += is_followed
    return Judged(lots, followed)


@dataclass(frozen=True, slots=True)
class FollowedShare:
    """`share` of judged lots that were followed, with its standard error and Wilson's interval at 95 %."""

    lots: int
    followed: int
    share: float
    error: float
    low: float
    high: float


def followed_share(judged: Judged, *, least: int = FEWEST) -> FollowedShare | None:
    """None below `least` judged lots. The interval stays inside 0 and 1 (Wilson 1927)."""
    n = judged.lots
    if n < max(least, 1):
        return None
    z, share = NormalDist().inv_cdf(0.975), judged.followed / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = max(0.0, middle - reach), min(1.0, middle + reach)
    return FollowedShare(n, judged.followed, share, math.sqrt(share * (1 - share) / n), low, high)


def weekly_burn(gone: Sequence[UsedUp], *, least: int = FEWEST) -> float | None:
    """Minutes that a used-up lot lost in a week: all minutes over all weeks. None below `least` lots.

    The last week counts whole days only to the last hour; slow lots that are not used up yet are missing, so that
    it is rather the burn of clients who use what they bought.
    """
    weeks = math.fsum(each.weeks for each in gone)
    return sum(each.lot.minutes for each in gone) / weeks if len(gone) >= max(least, 1) else None
