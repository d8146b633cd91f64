"""crm.periods: the calendar that contracts, allowances and deadlines share."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.periods import (
    BusinessHours,
    DateRange,
    add_business_minutes,
    add_months,
    add_working_days,
    business_minutes_between,
    month_end,
    month_start,
    months_between,
    part_fraction,
    quarter_of,
    quarter_start,
    trailing_months,
    week_start,
)

days = st.dates(date(1995, 1, 1), date(2095, 12, 31))
CHRISTMAS = frozenset({date(2026, 12, 25)})


@pytest.mark.parametrize(
    ("on", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 1, 15), -13, date(2024, 12, 15)),
    ],
)
def test_adding_months_keeps_the_day_or_clamps_it(on: date, months: int, expected: date) -> None:
    assert add_months(on, months) == expected


@given(days, st.integers(-500, 500))
def test_adding_months_lands_in_the_right_month(on: date, months: int) -> None:
    landed = add_months(on, months)
    assert (landed.year * 12 + landed.month) - (on.year * 12 + on.month) == months
    assert landed.day == on.day or (landed.day < on.day and landed == month_end(landed))


@given(days, days)
def test_months_between_counts_the_whole_months(earlier: date, later: date) -> None:
    count = months_between(earlier, later)
    assert add_months(earlier, count) <= later < add_months(earlier, count + 1)


@given(days)
def test_months_and_quarters_contain_their_day(on: date) -> None:
    assert month_start(on) <= on <= month_end(on)
    assert add_months(month_start(on), 1) == month_end(on) + timedelta(days=1)
    assert quarter_start(on) <= on < add_months(quarter_start(on), 3)
    assert quarter_of(quarter_start(on)) == quarter_of(on)


def test_quarters_are_numbered_from_one_to_four() -> None:
    assert [quarter_of(date(2026, month, 1)) for month in range(1, 13)] == [
        1,
        1,
        1,
        2,
        2,
        2,
        3,
        3,
        3,
        4,
        4,
        4,
    ]


def test_a_week_starts_on_monday_even_in_the_year_before() -> None:
    assert week_start(date(2027, 1, 1)) == date(2026, 12, 28)


def test_ranges_are_half_open_inside_and_inclusive_for_people() -> None:
    november = DateRange.inclusive(date(2026, 11, 1), date(2026, 11, 30))
    assert november == DateRange(date(2026, 11, 1), date(2026, 12, 1))
    assert (november.days, november.last) == (30, date(2026, 11, 30))
    assert date(2026, 11, 30) in november
    assert date(2026, 12, 1) not in november
    assert len(list(november)) == 30
    with pytest.raises(ValueError, match="before it starts"):
        DateRange(date(2026, 2, 1), date(2026, 1, 31))


def test_neighbouring_ranges_do_not_overlap() -> None:
    november = DateRange(date(2026, 11, 1), date(2026, 12, 1))
    december = DateRange(date(2026, 12, 1), date(2027, 1, 1))
    assert not november.overlaps(december)
    assert november.overlaps(DateRange.inclusive(date(2026, 11, 30), date(2026, 12, 5)))


@given(days, st.integers(0, 800), days, st.integers(0, 800))
def test_the_intersection_holds_the_days_of_both(a: date, n: int, b: date, m: int) -> None:
    one, two = DateRange(a, a + timedelta(days=n)), DateRange(b, b + timedelta(days=m))
    common = one.intersection(two)
    assert set(common or ()) == set(one) & set(two)
    assert common == two.intersection(one)


@given(days, st.integers(0, 800))
def test_a_range_cut_into_months_is_whole(start: date, length: int) -> None:
    whole = DateRange(start, start + timedelta(days=length))
    assert [on for month in whole.months() for on in month] == list(whole)
    assert all(month.start.month == month.last.month for month in whole.months())


def test_the_last_twelve_months_end_with_the_day_itself() -> None:
    window = trailing_months(date(2026, 11, 22), 12)
    assert (window.start, window.last) == (date(2025, 11, 23), date(2026, 11, 22))


def test_a_part_period_counts_calendar_days() -> None:
    november = DateRange(date(2026, 11, 1), date(2026, 12, 1))
    assert part_fraction(DateRange.inclusive(date(2026, 11, 16), date(2027, 3, 31)), november) == Fraction(1, 2)
    assert part_fraction(november, november) == 1
    assert part_fraction(DateRange(date(2026, 12, 1), date(2027, 1, 1)), november) == 0
    with pytest.raises(ValueError, match="no parts"):
        part_fraction(november, DateRange(date(2026, 11, 1), date(2026, 11, 1)))


@pytest.mark.parametrize(
    ("at", "minutes", "expected"),
    [
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), 120, datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), 120, datetime(2026, 11, 23, 17, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 6, 30, tzinfo=UTC), 60, datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 20, 0, tzinfo=UTC), 0, datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 24 * 60, datetime(2026, 11, 25, 17, 0, tzinfo=UTC)),
        (datetime(2026, 12, 24, 16, 0, tzinfo=UTC), 120, datetime(2026, 12, 28, 10, 0, tzinfo=UTC)),
        (datetime(2026, 11, 23, 9, 0, 40, tzinfo=UTC), 60, datetime(2026, 11, 23, 10, 0, 40, tzinfo=UTC)),
    ],
)
def test_business_time_runs_only_in_opening_hours(at: datetime, minutes: int, expected: datetime) -> None:
    assert add_business_minutes(at, minutes, holidays=CHRISTMAS) == expected


def test_business_time_follows_the_wall_clock_over_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 10, 23, 16, 0, tzinfo=berlin)
    assert add_business_minutes(friday, 120) == datetime(2026, 10, 26, 10, 0, tzinfo=berlin)


@given(
    st.integers(0, 3 * 365 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)),
    st.integers(0, 20_000),
    st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=30),
)
def test_the_business_minutes_added_are_the_minutes_between(
    at: datetime, minutes: int, holidays: frozenset[date]
) -> None:
    landed = add_business_minutes(at, minutes, holidays=holidays)
    assert landed >= at
    assert landed.date() not in holidays
    assert landed.weekday() < 5
    assert business_minutes_between(at, landed, holidays=holidays) == minutes


def test_nothing_passes_backwards() -> None:
    at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert business_minutes_between(at, at - timedelta(hours=1)) == 0
    with pytest.raises(ValueError, match="forwards"):
        add_business_minutes(at, -1)
    with pytest.raises(ValueError, match="forwards"):
        add_working_days(at.date(), -1)


def test_working_days_skip_weekends_and_holidays() -> None:
    assert add_working_days(date(2026, 12, 23), 2, holidays=CHRISTMAS) == date(2026, 12, 28)
    assert add_working_days(date(2026, 11, 21), 0) == date(2026, 11, 23)
    assert add_working_days(date(2026, 11, 23), 0) == date(2026, 11, 23)


def test_a_firm_may_open_on_saturday_with_its_own_hours() -> None:
    hours = BusinessHours(opens=time(8), closes=time(12), weekdays=frozenset({5}))
    friday = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert add_business_minutes(friday, 60, hours=hours) == datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("wrong", [{"opens": time(17), "closes": time(9)}, {"weekdays": frozenset({7})}])
def test_business_hours_without_a_working_day_are_refused(wrong: dict[str, time]) -> None:
    with pytest.raises(ValueError, match="working day"):
        BusinessHours(**wrong)  # type: ignore[arg-type]
