"""billing.rules.estimates: win rate and accuracy, and when too few cases say nothing."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.estimates import Decided, accuracy_of, win_rate

HOUR = 60


def test_the_win_rate_is_a_fraction_of_what_was_decided() -> None:
    assert str(win_rate(1, 3)) == "0.333333"
    assert win_rate(0, 0) is None


def test_accuracy_is_used_against_signed_over_all() -> None:
    found = accuracy_of([Decided(10 * HOUR, 12 * HOUR), Decided(10 * HOUR, 10 * HOUR), Decided(20 * HOUR, 26 * HOUR)])
    assert found is not None
    assert (str(found.ratio), str(found.low), str(found.high)) == ("1.200000", "1.000000", "1.300000")


def test_under_three_works_say_nothing_and_those_without_an_estimate_do_not_count() -> None:
    assert accuracy_of([Decided(60, 60), Decided(60, 90)]) is None
    assert accuracy_of([Decided(60, 60), Decided(60, 90), Decided(0, 90)]) is None


@given(st.lists(st.builds(Decided, st.integers(1, 10_000), st.integers(0, 10_000)), min_size=3))
def test_the_middle_half_lies_within_the_extremes(works: list[Decided]) -> None:
    found = accuracy_of(works)
    assert found is not None
    ratios = [Decimal(work.used) / work.signed for work in works]
    assert min(ratios) - Decimal("0.000001") <= found.low <= found.high <= max(ratios) + Decimal("0.000001")
