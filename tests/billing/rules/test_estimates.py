"""billing.rules.estimates: win rate and accuracy, and when too few cases say nothing."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2
from scipy.stats import t as student

from billing.rules.estimates import Decided, Spread, accuracy_of, spread_of, win_rate
from tests.loyalty.golden import golden

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


def spread_of_logs(random: np.random.Generator, n: int, mean: float, deviation: float) -> Spread:
    """Works of 2 to 200 hours whose ratios stray as the logarithms do, in whole minutes."""
    signed = random.integers(120, 12_000, n)
    used = np.round(signed * np.exp(random.normal(mean, deviation, n)))
    found = spread_of(Decided(int(one), int(other)) for one, other in zip(signed, used, strict=True))
    assert found is not None
    return found


def test_mean_and_deviation_of_synthetic_overruns_are_found_over_all_seeds_together() -> None:
    expected = golden("recovery.hours")["expected"]
    mean, deviation = expected["true"]
    walds = []
    for seed in range(20):
        found = spread_of_logs(np.random.default_rng(seed), expected["n"], mean, deviation)
        away = ((found.mean - mean) / found.mean_error, (found.deviation - deviation) / found.deviation_error)
        walds.append(away[0] ** 2 + away[1] ** 2)
    assert max(walds) < chi2.ppf(0.999, 2)
    assert chi2.ppf(0.001, 2 * len(walds)) < sum(walds) < chi2.ppf(0.999, 2 * len(walds))


def test_unbilled_hours_against_billed_ones_have_the_mean_log_odds_of_the_truth() -> None:
    """Mood is not observed: its slope of -0.3 a deviation joins the noise of 0.3, and the mean stays."""
    expected = golden("recovery.hours")["expected"]
    intercept, slope = expected["unbilled_true"]
    squares, whole = [], math.hypot(slope, 0.3)
    for seed in range(20):
        random = np.random.default_rng(100 + seed)
        odds = intercept + slope * random.standard_normal(expected["n"]) + random.normal(0, 0.3, expected["n"])
        billed = random.integers(60_000, 600_000, odds.size)
        found = spread_of(Decided(int(b), round(b * math.exp(o))) for b, o in zip(billed, odds, strict=True))
        assert found is not None
        squares.append(((found.mean - intercept) / found.mean_error) ** 2)
        assert found.deviation == pytest.approx(whole, rel=0.05)
    assert max(squares) < chi2.ppf(0.999, 1)
    assert chi2.ppf(0.001, len(squares)) < sum(squares) < chi2.ppf(0.999, len(squares))


@pytest.mark.parametrize("n", [10, 40])
def test_four_of_five_further_works_stay_in_the_range_even_after_few(n: int) -> None:
    held = 0
    for seed in range(1500):
        random = np.random.default_rng(seed)
        low, high = spread_of_logs(random, n, 0.05, 0.25).four_of_five
        held += low < np.expm1(random.normal(0.05, 0.25)) < high
    assert held / 1500 == pytest.approx(0.8, abs=0.035)


def test_the_middle_work_and_the_range_of_ten_are_student_s() -> None:
    works = [Decided(100, 110 if place % 2 else 121) for place in range(10)]
    found = spread_of(works)
    assert found is not None
    assert found.typical == pytest.approx(math.sqrt(1.1 * 1.21) - 1)
    reach = student.ppf(0.9, 9) * found.deviation * math.sqrt(1.1)
    assert found.four_of_five == pytest.approx(
        (math.expm1(found.mean - reach), math.expm1(found.mean + reach)), abs=1e-4
    )


def test_nine_works_or_such_without_hours_say_nothing() -> None:
    assert spread_of([Decided(100, 120)] * 9) is None
    assert spread_of([*[Decided(100, 120)] * 9, Decided(0, 50), Decided(100, 0)]) is None
    found = spread_of([Decided(100, 120)] * 10)
    assert found is not None
    assert (found.mean, found.deviation) == pytest.approx((math.log(1.2), 0))
