"""Before and after: whether something counted (losses, complaints) became rarer, with the interval of its rates' ratio.

Two counts over client-days are compared by the exact conditional test: given their sum, the later count is binomial
(Przyborowski & Wilenski 1940), its limits are those of Clopper & Pearson. A change is association, never its cause.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from scipy.special import betaincinv

from crm.periods import DateRange

LONGEST, SHORTEST = timedelta(days=365), timedelta(days=90)
"""How far each side reaches, and from when on a change is told at all [our choice]."""
YEAR = 365.25

type Verdict = Literal["fell", "rose", "not_proven"]


class Windows(NamedTuple):
    """Two windows of one length, that end and begin on the day of the change."""

    before: DateRange
    after: DateRange


@dataclass(frozen=True, slots=True)
class Change:
    """Counts and yearly rates per 100 clients; ratio is after by before, None where nothing was counted before.

    `high` is None where it has no end: nothing was counted before.
    """

    before: int
    after: int
    before_rate: float
    after_rate: float
    ratio: float | None
    low: float
    high: float | None
    verdict: Verdict


def windows(changed_on: date, *, until: date) -> Windows | None:
    """A year on each side at most, both as long as what has passed since; None within 90 days of the change."""
    length = min(LONGEST, until - changed_on)
    if length < SHORTEST:
        return None
    return Windows(DateRange(changed_on - length, changed_on), DateRange(changed_on, changed_on + length))


def stays(started_on: date, moves: Iterable[tuple[date, bool]]) -> list[tuple[date, date | None]]:
    """Each stay of a client from what was said in turn, losses (True) and returns: the last one may have no end.

    A return by the day of the loss takes the loss back.
    """
    found: list[tuple[date, date | None]] = [(started_on, None)]
    for day, is_loss in moves:
        begun, end = found[-1]
        if is_loss and end is None and begun <= day:
            found[-1] = (begun, day)
        elif not is_loss and end is not None and end < day:
            found.append((day, None))
        elif not is_loss:
            found[-1] = (begun, None)
    return found


def client_days(spans: Iterable[tuple[date, date | None]], window: DateRange) -> int:
    """Days that clients were with us inside the window; a span's end, the day of the loss, is not part of it."""
    days = 0
    for start, end in spans:
        last = window.end if end is None else min(end, window.end)
        days += max(0, (last - max(start, window.start)).days)
    return days


def share_limits(hits: int, n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Limits of a binomial share by Clopper and Pearson; 0 and 1 without a case."""
    tail = (1 - level) / 2
    low = float(betaincinv(hits, n - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, n - hits, 1 - tail)) if hits < n else 1.0
    return low, high


def compare(before: int, before_days: int, after: int, after_days: int, *, level: float = 0.95) -> Change | None:
    """None without clients on either side, or where nothing was counted at all. ValueError for negative figures."""
    if min(before, before_days, after, after_days) < 0:
        raise ValueError("counts and days are not negative")
    if not before_days or not after_days or not before + after:
        return None
    scale = before_days / after_days
    low, high = (_odds(share, scale) for share in share_limits(after, before + after, level=level))
    return Change(
        before=before,
        after=after,
        before_rate=100 * YEAR * before / before_days,
        after_rate=100 * YEAR * after / after_days,
        ratio=after / before * scale if before else None,
        low=low or 0.0,
        high=high,
        verdict="fell" if high is not None and high < 1 else "rose" if low is None or low > 1 else "not_proven",
    )


def _odds(share: float, scale: float) -> float | None:
    """The ratio of rates at which the later count has this share; None for one without end."""
    return None if share >= 1 else share / (1 - share) * scale
