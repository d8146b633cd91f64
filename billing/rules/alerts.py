"""How far a package is used up: alerts that come once each, and when it will run out.

The forecast shows a band, because eight weeks are little to go by; too few weeks give no date at all.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import mean, stdev

THRESHOLDS = (50, 80, 95, 100)
FORECAST_WEEKS = 8
LEAST_WEEKS = 3
BAND_DEVIATIONS = 1.2816
"""Normal deviations to either side that hold four cases out of five."""
LONGEST_WEEKS = 520
"""Ten years: what lies beyond is no forecast."""


@dataclass(frozen=True, slots=True)
class RunOut:
    """The expected day and the band that holds four cases out of five; a `latest` of None is out of sight."""

    expected_on: date
    earliest_on: date
    latest_on: date | None
    weeks: int
    weekly_minutes: float


def used_percent(*, credited: int, balance: int) -> int:
    """Whole per cent of all credited minutes that are used; over 100 where the balance is negative."""
    return (credited - balance) * 100 // credited if credited > 0 else 0


def alerts_due(*, credited: int, balance: int, raised: Container[int] = ()) -> list[int]:
    """Thresholds that are reached and were not raised yet, lowest first."""
    used = used_percent(credited=credited, balance=balance)
    return [threshold for threshold in THRESHOLDS if credited > 0 and used >= threshold and threshold not in raised]


def still_raised(raised: Container[int], *, credited: int, balance: int) -> list[int]:
    """After a top-up: alerts that remain raised. Those above the new use are armed again."""
    used = used_percent(credited=credited, balance=balance)
    return [threshold for threshold in THRESHOLDS if threshold in raised and threshold <= used]


def forecast_run_out(balance: int, *, weekly: Sequence[int], on: date) -> RunOut | None:
    """When the balance is used up, by the minutes drawn in the last weeks (oldest first, whole weeks only).

    Weekly use is taken as independent with mean m and deviation s. The time to use B minutes then has
    the mean B/m and the variance s^2 B / m^3 (renewal theory), to which the error of m itself adds
    s^2 B^2 / (n m^4). None where nothing is left, nothing is used, fewer than three weeks are
    known, or it would last for ten years.
    """
    weeks = list(weekly)[-FORECAST_WEEKS:]
    if balance <= 0 or len(weeks) < LEAST_WEEKS or sum(weeks) <= 0:
        return None
    rate, deviation = mean(weeks), stdev(weeks)
    expected = balance / rate
    if expected > LONGEST_WEEKS:
        return None
    spread = BAND_DEVIATIONS * deviation / rate * sqrt(expected + expected**2 / len(weeks))
    return RunOut(
        expected_on=_after(on, expected),
        earliest_on=_after(on, max(0.0, expected - spread)),
        latest_on=_after(on, expected + spread) if expected + spread <= LONGEST_WEEKS else None,
        weeks=len(weeks),
        weekly_minutes=float(rate),
    )


def _after(on: date, weeks: float) -> date:
    return on + timedelta(days=round(weeks * 7))
