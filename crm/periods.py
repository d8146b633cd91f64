"""Calendar arithmetic that contracts, allowances and deadlines share: months, ranges, business hours.

Pure and without a clock: the day is always an argument. Ranges are half-open inside, whatever a form shows.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache

_DAY = timedelta(days=1)


@lru_cache(maxsize=4096)
def read_day(text: str, *patterns: str) -> date | None:
    """The day that a text writes in the first pattern (as of `strptime`) that fits; None where none does."""
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  # a day has no zone
        except ValueError:
            continue
    return None


def month_start(on: date) -> date:
    """First day of the month that the day lies in."""
    return on.replace(day=1)


def month_end(on: date) -> date:
    """Last day of the month that the day lies in."""
    return add_months(month_start(on), 1) - _DAY


def add_months(on: date, months: int) -> date:
    """The same day so many months later (or earlier), clamped to the month's end.

    31 January + 1 month = 28 or 29 February. Clamping forgets the day, so a series is always reckoned
    from its first day, never step by step.
    """
    index = on.year * 12 + on.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(on.day, _length(first)))


def months_between(earlier: date, later: date) -> int:
    """Whole months that have passed: the largest n (maybe negative) with add_months(earlier, n) <= later."""
    count = (later.year - earlier.year) * 12 + later.month - earlier.month
    return count if add_months(earlier, count) <= later else count - 1


def quarter_of(on: date) -> int:
    """Quarter of the year, 1 to 4."""
    return (on.month + 2) // 3


def quarter_start(on: date) -> date:
    """First day of the quarter that the day lies in."""
    return date(on.year, 3 * quarter_of(on) - 2, 1)


def week_start(on: date) -> date:
    """Monday of the ISO week that the day lies in."""
    return on - timedelta(days=on.weekday())


@dataclass(frozen=True, slots=True, order=True)
class DateRange:
    """Days from `start` up to, not including, `end`. An empty range is allowed, a reversed one is refused."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a range cannot end before it starts: {self.start} to {self.end}")

    @classmethod
    def inclusive(cls, first: date, last: date) -> "DateRange":
        """The range of which both named days are part, as people write it."""
        return cls(first, last + _DAY)

    @property
    def last(self) -> date:
        """Last day of the range; of an empty one the day before it would start."""
        return self.end - _DAY

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, on: date) -> bool:
        return self.start <= on < self.end

    def __iter__(self) -> Iterator[date]:
        return (self.start + timedelta(days=i) for i in range(self.days))

    def intersection(self, other: "DateRange") -> "DateRange | None":
        """The days that both have, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return DateRange(start, end) if start < end else None

    def overlaps(self, other: "DateRange") -> bool:
        return self.intersection(other) is not None

    def months(self) -> list["DateRange"]:
        """The range cut at the starts of months, in order."""
        cuts = [self.start]
        while (cut := add_months(month_start(cuts[-1]), 1)) < self.end:
            cuts.append(cut)
        return [DateRange(a, b) for a, b in zip(cuts, [*cuts[1:], self.end], strict=True) if a < b]


def trailing_months(on: date, months: int) -> DateRange:
    """The window of so many months that ends with the day itself, e.g. "the last 12 months" as of today."""
    after = on + _DAY
    return DateRange(add_months(after, -months), after)


def part_fraction(part: DateRange, whole: DateRange) -> Fraction:
    """Share of the whole period that the part covers, by calendar days; exact, to be rounded with the money.

    Days of the part outside the whole do not count. ValueError if the whole is empty.
    """
    if whole.days == 0:
        raise ValueError("an empty period has no parts")
    common = part.intersection(whole)
    return Fraction(common.days if common else 0, whole.days)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Opening hours of each working day, in the firm's own wall-clock time. Monday is 0."""

    opens: time = time(9)
    closes: time = time(17)
    weekdays: frozenset[int] = field(default=frozenset(range(5)))

    def __post_init__(self) -> None:
        if self.closes <= self.opens or not self.weekdays & set(range(7)):
            raise ValueError("business hours need a working day that closes after it opens")

    def is_working_day(self, on: date, *, holidays: Set[date] = frozenset()) -> bool:
        return on.weekday() in self.weekdays and on not in holidays


OFFICE_HOURS = BusinessHours()


def add_working_days(
    on: date, days: int, *, holidays: Set[date] = frozenset(), hours: BusinessHours = OFFICE_HOURS
) -> date:
    """The n-th working day after the day; with 0 days the day itself, or the next one if nobody works."""
    if days < 0:
        raise ValueError("working days are counted forwards")
    current = on if days else _next_working_day(on, holidays, hours)
    for _ in range(days):
        current = _next_working_day(current + _DAY, holidays, hours)
    return current


def add_business_minutes(
    at: datetime, minutes: int, *, holidays: Set[date] = frozenset(), hours: BusinessHours = OFFICE_HOURS
) -> datetime:
    """The moment at which so many business minutes have passed since `at`.

    `at` must stand in the firm's time zone, because opening hours are wall-clock times. Time outside them
    does not count: two hours from Friday 16:00 end on Monday at 10:00. A deadline may fall on closing time.
    """
    if minutes < 0:
        raise ValueError("business time is counted forwards")
    on, start, left = at.date(), _within(at, hours), timedelta(minutes=minutes)
    closing = _since_midnight(hours.closes)
    while not hours.is_working_day(on, holidays=holidays) or start == closing or start + left > closing:
        if hours.is_working_day(on, holidays=holidays):
            left -= closing - start
        on, start = on + _DAY, _since_midnight(hours.opens)
    return datetime.combine(on, time(0), tzinfo=at.tzinfo) + start + left


def business_minutes_between(
    earlier: datetime,
    later: datetime,
    *,
    holidays: Set[date] = frozenset(),
    hours: BusinessHours = OFFICE_HOURS,
) -> int:
    """Whole business minutes between two moments, both in the firm's time zone; 0 if the later is not."""
    if later <= earlier:
        return 0
    span = timedelta(0)
    for on in DateRange.inclusive(earlier.date(), later.date()):
        if hours.is_working_day(on, holidays=holidays):
            since = _within(earlier, hours) if on == earlier.date() else _since_midnight(hours.opens)
            until = _within(later, hours) if on == later.date() else _since_midnight(hours.closes)
            span += until - since
    return span // timedelta(minutes=1)


def _next_working_day(on: date, holidays: Set[date], hours: BusinessHours) -> date:
    while not hours.is_working_day(on, holidays=holidays):
        on += _DAY
    return on


def _within(at: datetime, hours: BusinessHours) -> timedelta:
    """Time of the day since midnight, moved into the opening hours."""
    opening, closing = _since_midnight(hours.opens), _since_midnight(hours.closes)
    return min(max(_since_midnight(at.time()), opening), closing)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def _length(first: date) -> int:
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return (following - first).days
