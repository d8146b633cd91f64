"""billing.rules.numbering: how numbers are written and given."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.numbering import (
    Counter,
    NumberOrderError,
    PatternProblem,
    pattern_problem,
    write_number,
)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("RE-{year}-{number:04}", "RE-2026-0001"),
        ("{year}-{number:04d}", "2026-0001"),
        ("{number}", "1"),
        ("СЧ/{number:06}/{year}", "СЧ/000001/2026"),
        ("R" * 35 + "{number}", "R" * 35 + "1"),
    ],
)
def test_a_number_is_written_by_its_pattern(pattern: str, written: str) -> None:
    assert pattern_problem(pattern) is None
    assert write_number(pattern, year=2026, number=1) == written


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("RE-{year}", PatternProblem.NO_NUMBER),
        ("{number}{number}", PatternProblem.NO_NUMBER),
        ("{number.__class__}", PatternProblem.UNKNOWN_FIELD),
        ("{number:04}{month}", PatternProblem.UNKNOWN_FIELD),
        ("RE {number}", PatternProblem.UNKNOWN_FIELD),
        ("R" * 36 + "{number}", PatternProblem.TOO_LONG),
    ],
)
def test_a_pattern_that_cannot_be_is_named(pattern: str, problem: PatternProblem) -> None:
    assert pattern_problem(pattern) is problem


def test_numbers_follow_each_other_in_the_order_of_dates() -> None:
    counter = Counter(2026).advance(date(2026, 3, 1)).advance(date(2026, 3, 1))
    assert counter == Counter(2026, last_number=2, last_issued_on=date(2026, 3, 1))
    with pytest.raises(NumberOrderError, match="before"):
        counter.advance(date(2026, 2, 28))


def test_each_year_has_its_own_counter_and_a_firm_may_start_in_the_middle() -> None:
    with pytest.raises(NumberOrderError, match="not in 2026"):
        Counter(2026).advance(date(2027, 1, 1))
    assert Counter(2026, first_number=118).advance(date(2026, 1, 1)).last_number == 118


@given(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=30))
def test_a_counter_that_only_advances_leaves_no_gap(days: list[date]) -> None:
    counter, numbers = Counter(2026), []
    for on in days:
        try:
            counter = counter.advance(on)
        except NumberOrderError:
            continue
        numbers.append(counter.last_number)
    assert numbers == list(range(1, len(numbers) + 1))
