"""What became of a promise as of a moment, and how well promises are kept.

A word given is measured against the first date. Moving it counts only if the client heard of it on an earlier
day than the one on which it was due, and the second date must then be kept.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

SYSTEMATIC_SHARE = Decimal("0.20")
SYSTEMATIC_LEAST = 5
SYSTEMATIC_DAYS = 90
ASK_BEFORE = timedelta(hours=24)
HONOUR_TARGET = Decimal("0.95")


class Outcome(StrEnum):
    OPEN = "open"
    OPEN_RENEGOTIATED = "open_renegotiated"
    KEPT = "kept"
    RENEGOTIATED_KEPT = "renegotiated_kept"
    LATE_UNWARNED = "late_unwarned"
    OVERDUE_UNWARNED = "overdue_unwarned"
    BROKEN_TWICE = "broken_twice"
    WITHDRAWN = "withdrawn_by_client"


NOT_COUNTED = frozenset({Outcome.OPEN, Outcome.OPEN_RENEGOTIATED, Outcome.WITHDRAWN})
BROKEN = frozenset({Outcome.LATE_UNWARNED, Outcome.OVERDUE_UNWARNED, Outcome.BROKEN_TWICE})


class Lateness(StrEnum):
    RANDOM = "random"
    SYSTEMATIC = "systematic"


class RedateProblem(StrEnum):
    THIRD_DATE = "third_date"
    NOT_LATER = "not_later"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class LaterDate:
    """One more row of the chain: the new date, when the client was told, and when the row was written.

    It is known from the moment the client was told, so that a chain which is entered later judges alike.
    """

    due_at: datetime
    informed_at: datetime | None = None
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """`due_at` is the first date, `later` the dates that replaced it, in order."""

    due_at: datetime
    kept_at: datetime | None = None
    withdrawn_at: datetime | None = None
    later: tuple[LaterDate, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome, and the whole days by which the first date was missed (None while nothing can be said)."""

    outcome: Outcome
    days_late: int | None = None

    @property
    def counts(self) -> bool:
        return self.outcome not in NOT_COUNTED


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares are fractions; None means that there is nothing to take a share of."""

    n: int
    kept: int = 0
    renegotiated_kept: int = 0
    broken_twice: int = 0
    unwarned: int = 0
    mean_days_late: Decimal | None = None
    mean_days_late_if_late: Decimal | None = None
    median_days_late: Decimal | None = None
    max_days_late: int | None = None

    @property
    def strict_rate(self) -> Decimal | None:
        return _share(self.kept, self.n)

    @property
    def honour_rate(self) -> Decimal | None:
        """The headline: kept, or moved in time and then kept."""
        return _share(self.kept + self.renegotiated_kept, self.n)

    @property
    def warned_rate(self) -> Decimal | None:
        """Of those that could not be kept, how many the client heard of in time."""
        return _share(self.renegotiated_kept + self.broken_twice, self.n - self.kept)

    @property
    def second_date_kept_rate(self) -> Decimal | None:
        return _share(self.renegotiated_kept, self.renegotiated_kept + self.broken_twice)


def end_of_day(on: date, zone: ZoneInfo) -> datetime:
    """The moment that a date alone means: the last one of that day in the firm's time zone."""
    return datetime.combine(on + timedelta(days=1), time(0), tzinfo=zone) - timedelta(microseconds=1)


def is_warning(informed_at: datetime | None, due_at: datetime, zone: ZoneInfo) -> bool:
    """Whether the client heard of it on an earlier day; on the due day itself it is no warning any more."""
    return informed_at is not None and _day(informed_at, zone) < _day(due_at, zone)


def judge(promise: Promise, *, as_of: datetime, zone: ZoneInfo) -> Judged:
    """The outcome as of a moment: what happened after it is not known yet."""
    known = _as_of(promise, as_of)
    outcome = _outcome(known, as_of, zone)
    if outcome in NOT_COUNTED:
        return Judged(outcome)
    if outcome is Outcome.KEPT:
        return Judged(outcome, 0)
    late = (_day(known.kept_at or as_of, zone) - _day(known.due_at, zone)).days
    return Judged(outcome, max(0, late))


def rate_promises(promises: Iterable[Promise], *, as_of: datetime, zone: ZoneInfo) -> Rates:
    """How well these promises were kept; open and withdrawn ones do not count."""
    return rate_judged(judge(promise, as_of=as_of, zone=zone) for promise in promises)


def rate_judged(judged: Iterable[Judged]) -> Rates:
    counted = [one for one in judged if one.counts]
    outcomes = Counter(one.outcome for one in counted)
    days = [one.days_late or 0 for one in counted]
    late = [count for count in days if count > 0]
    return Rates(
        n=len(counted),
        kept=outcomes[Outcome.KEPT],
        renegotiated_kept=outcomes[Outcome.RENEGOTIATED_KEPT],
        broken_twice=outcomes[Outcome.BROKEN_TWICE],
        unwarned=outcomes[Outcome.LATE_UNWARNED] + outcomes[Outcome.OVERDUE_UNWARNED],
        mean_days_late=_share(sum(days), len(days)),
        mean_days_late_if_late=_share(sum(late), len(late)),
        median_days_late=Decimal(str(median(late))) if late else None,
        max_days_late=max(days, default=None),
    )


def is_systematic(outcomes: Iterable[Outcome]) -> bool:
    """Whether lateness is a habit, by an employee's promises of 90 days: above 20 % with at least five."""
    counted = [outcome for outcome in outcomes if outcome not in NOT_COUNTED]
    share = _share(sum(outcome in BROKEN for outcome in counted), len(counted))
    return len(counted) >= SYSTEMATIC_LEAST and share is not None and share > SYSTEMATIC_SHARE


def lateness(outcome: Outcome, *, by_habit: bool) -> Lateness | None:
    """Of a late promise whether it was a slip or the habit of who made it; None for a promise that is not late."""
    if outcome not in BROKEN:
        return None
    return Lateness.SYSTEMATIC if by_habit else Lateness.RANDOM


def asks_maker(promise: Promise, *, at: datetime, on_track: bool) -> bool:
    """Whether to ask "keep, or warn now?": due within 24 hours and not marked as on track."""
    due_at = promise.later[-1].due_at if promise.later else promise.due_at
    done = promise.kept_at or promise.withdrawn_at
    return not done and not on_track and at <= due_at <= at + ASK_BEFORE


def redate_problem(
    promise: Promise, new_due_at: datetime, *, by_partner: bool, maker_absent: bool, has_deputy: bool
) -> RedateProblem | None:
    """Why the promise may not get this date, if so."""
    current = promise.later[-1].due_at if promise.later else promise.due_at
    problems = (
        (bool(promise.later) and not by_partner, RedateProblem.THIRD_DATE),
        (new_due_at <= current, RedateProblem.NOT_LATER),
        (maker_absent and not has_deputy, RedateProblem.ABSENT),
    )
    return next((problem for applies, problem in problems if applies), None)


def promises_first(rates: Rates, *, target: Decimal = HONOUR_TARGET) -> bool:
    """Whether extras must wait: the honour rate is below target."""
    return rates.honour_rate is not None and rates.honour_rate < target


def _as_of(promise: Promise, as_of: datetime) -> Promise:
    later = tuple(row for row in promise.later if (row.informed_at or row.made_at or as_of) <= as_of)
    return Promise(promise.due_at, _known(promise.kept_at, as_of), _known(promise.withdrawn_at, as_of), later)


def _outcome(promise: Promise, as_of: datetime, zone: ZoneInfo) -> Outcome:
    if promise.withdrawn_at:
        return Outcome.WITHDRAWN
    if promise.kept_at and promise.kept_at <= promise.due_at:
        return Outcome.KEPT
    if promise.later and is_warning(promise.later[0].informed_at, promise.due_at, zone):
        return _renegotiated(promise.later, promise.kept_at, as_of)
    if promise.kept_at:
        return Outcome.LATE_UNWARNED
    return Outcome.OVERDUE_UNWARNED if as_of > promise.due_at else Outcome.OPEN


def _renegotiated(later: Sequence[LaterDate], kept_at: datetime | None, as_of: datetime) -> Outcome:
    """The client was told in time: only the second date counts now, and it may not be moved again."""
    if len(later) > 1 or (kept_at or as_of) > later[0].due_at:
        return Outcome.BROKEN_TWICE
    return Outcome.RENEGOTIATED_KEPT if kept_at else Outcome.OPEN_RENEGOTIATED


def _known(moment: datetime | None, as_of: datetime) -> datetime | None:
    return moment if moment is not None and moment <= as_of else None


def _day(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def _share(part: int, whole: int) -> Decimal | None:
    return Decimal(part) / whole if whole else None
