"""billing.rules.complaint_then_free: the pattern of clients.md, year after year."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.complaint_then_free import REACH_DAYS, State, find_pattern

FREE = [date(2015, 6, 1), date(2016, 6, 1), date(2017, 6, 1)]
COMPLAINTS = [date(2016, 5, 1), date(2017, 4, 20)]


def test_free_with_praise_then_twice_after_complaints_blocks_the_fourth_year() -> None:
    pattern = find_pattern(FREE, COMPLAINTS, on=date(2018, 3, 1))
    assert pattern.state is State.BLOCK
    assert (pattern.years, pattern.complaint_years) == ((2015, 2016, 2017), (2016, 2017))


def test_the_goodwill_that_makes_the_third_year_is_not_blocked_yet() -> None:
    assert find_pattern(FREE[:2], COMPLAINTS, on=date(2017, 6, 1)).state is State.CLEAR


def test_two_years_with_complaints_warn() -> None:
    assert find_pattern(FREE[1:], COMPLAINTS, on=date(2017, 7, 1)).state is State.WARN


def test_a_year_without_goodwill_begins_anew() -> None:
    assert find_pattern(FREE, COMPLAINTS, on=date(2019, 3, 1)).state is State.CLEAR


def test_one_complaint_in_three_years_is_no_pattern() -> None:
    assert find_pattern(FREE, COMPLAINTS[:1], on=date(2018, 3, 1)).state is State.CLEAR


def test_a_complaint_reaches_90_days_and_not_back() -> None:
    day = date(2017, 6, 1)
    reach = [day - timedelta(days=REACH_DAYS), date(2016, 6, 1)]
    assert find_pattern(FREE, reach, on=day).state is State.BLOCK
    too_old = [day - timedelta(days=REACH_DAYS + 1), date(2016, 6, 1)]
    assert find_pattern(FREE, too_old, on=day).state is State.CLEAR
    afterwards = [day + timedelta(days=1), date(2016, 6, 1)]
    assert find_pattern(FREE, afterwards, on=day).state is State.CLEAR


@given(
    st.lists(st.dates(date(2010, 1, 1), date(2020, 12, 31))), st.lists(st.dates(date(2010, 1, 1), date(2020, 12, 31)))
)
def test_the_years_run_without_a_gap_and_complaints_lie_among_them(free: list[date], said: list[date]) -> None:
    pattern = find_pattern(free, said, on=date(2020, 12, 31))
    given_years = {day.year for day in free}
    assert set(pattern.years) <= given_years
    assert list(pattern.years) == list(range(2021 - len(pattern.years), 2021)) or pattern.years[-1:] == (2019,)
    assert set(pattern.complaint_years) <= set(pattern.years)
