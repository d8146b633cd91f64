"""loyalty.rules.backtest: does the score foretell losses, and may it be called a probability?"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.backtest import Bin, Discrimination, brier, calibrate, calibration, discrimination, label, lift
from tests.loyalty.golden import assert_close, golden

scored = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=2, max_size=60)


def test_auc_and_its_error_match_the_golden_case() -> None:
    case = golden("health.auc")
    y, s, expected = case["inputs"]["y"], case["inputs"]["score"], case["expected"]
    found = discrimination(y, s)
    assert_close(found, [expected[key] for key in ("auc", "hanley_mcneil_se", "gini", "ks")], case)
    assert_close(brier(y, s), expected["brier"], case)


@given(scored)
def test_the_auc_is_the_chance_that_a_loss_was_ranked_higher(rows: list[tuple[int, int]]) -> None:
    y, s = np.array(rows).T
    found = discrimination(y, s)
    pairs = [(a > b) + (a == b) / 2 for a in s[y == 1] for b in s[y == 0]]
    if not pairs:
        assert found is None
    else:
        assert found is not None
        assert found.auc == pytest.approx(np.mean(pairs))
        assert 0 <= found.ks <= 1


def test_without_losses_or_without_others_there_is_no_figure() -> None:
    for y in ([0, 0], [1, 1], []):
        assert discrimination(y, [0.1, 0.2][: len(y)]) is None
        assert calibrate(y, [10, 20][: len(y)]) is None
    assert lift([0, 0], [1, 2]) is None
    assert brier([], []) is None
    assert calibration([], []) == ()


@pytest.mark.parametrize(("y", "s"), [([2], [1]), ([0, 1], [1]), ([0], [float("nan")])])
def test_impossible_outcomes_are_refused(y: Any, s: Any) -> None:
    with pytest.raises(ValueError, match="outcomes"):
        discrimination(y, s)


def test_the_lift_compares_the_riskiest_tenth_with_all() -> None:
    assert lift([1] + [0] * 9, [9, *range(9)]) == 10
    assert lift([0] * 9 + [1], [9, *range(8), 0]) == 0
    assert lift([1, 0] * 10, [5] * 20) == pytest.approx(1)


def test_calibration_groups_similar_risks() -> None:
    found = calibration([0, 0, 1, 1], [0.25, 0.25, 0.5, 0.75], bins=2)
    assert found == (Bin(0.25, 0.0, 2), Bin(0.625, 1.0, 2))


@pytest.mark.parametrize(("auc", "error", "beats"), [(0.64, 0.07, True), (0.64, 0.08, False), (0.3, 0.05, False)])
def test_a_ranking_beats_chance_once_its_interval_lies_above_it(auc: float, error: float, beats: bool) -> None:
    assert Discrimination(auc, error, 0.0, 0.0).beats_chance is beats


def test_health_points_become_probabilities_that_are_right_on_average() -> None:
    random = np.random.default_rng(4)
    points = random.integers(0, 101, 20_000)
    y = random.random(20_000) < 1 / (1 + np.exp(0.76 + 0.24 * points / 10))
    found = calibrate(y, points)
    assert found is not None
    assert found.errors is not None
    assert abs(found.intercept + 0.76) < 4 * found.errors[0]
    assert abs(found.per_ten_points + 0.24) < 4 * found.errors[1]
    assert found.probability(points).mean() == pytest.approx(y.mean(), rel=1e-6)
    assert (found.losses, found.n, found.label) == (int(y.sum()), 20_000, "probability")


def test_a_score_that_separates_completely_is_not_calibrated() -> None:
    assert calibrate([1, 1, 0, 0], [10, 20, 30, 40]) is None
    assert calibrate([1, 1, 0, 0], [10, 30, 30, 40]) is None
    assert calibrate([1, 0, 1, 0], [50, 50, 50, 50]) is None
    found = calibrate([1, 0, 1, 0], [10, 20, 30, 40])
    assert found is not None
    assert found.label == "watch_list"


def test_under_fifty_losses_it_is_a_watch_list() -> None:
    assert (label(49), label(50)) == ("watch_list", "probability")
