"""loyalty.rules.cox: the size of what anchors have to do with leaving, and the trap of counting those of today."""

import math
from typing import Any

import numpy as np
import pytest

from loyalty.rules.anchors import Exposure, anchor_effect
from loyalty.rules.cox import hazard_ratio
from loyalty.rules.survival import Followed, Observation, landmark_groups
from tests.loyalty.golden import assert_close, golden
from tests.loyalty.test_survival import groups_of, observed


def partial_likelihood(groups: dict[int, list[Observation]], beta: float) -> float:
    """Efron's, written out loss by loss."""
    rows = [(key, one) for key, sample in groups.items() for one in sample]
    total = 0.0
    for time in {one.time for _, one in rows if one.left}:
        risk = sum(math.exp(beta * key) for key, one in rows if one.time >= time)
        ties = [key for key, one in rows if one.left and one.time == time]
        lost = sum(math.exp(beta * key) for key in ties)
        total += beta * sum(ties) - sum(math.log(risk - n / len(ties) * lost) for n in range(len(ties)))
    return total


def test_the_textbook_is_matched() -> None:
    case, inputs = golden("cox.freireich"), golden("logrank.freireich")["inputs"]
    found = hazard_ratio({i: observed(inputs[name]["t"], inputs[name]["e"]) for i, name in enumerate(("g1", "g2"))})
    assert found is not None
    expected = case["expected"]
    assert_close([found.coefficient, found.error, found.ratio], [expected[k] for k in ("coef", "se", "hr")], case)
    assert found.proven == "keeps_shorter"


def test_the_anchors_of_the_golden_case_are_matched_as_far_as_its_source_climbed() -> None:
    """The source stopped 5e-5 short of the maximum: the likelihood there is lower than at ours."""
    case = golden("anchors.cox")
    groups, expected = groups_of(case), case["expected"]
    found = hazard_ratio(groups)
    assert found is not None
    assert [found.coefficient, found.error] == pytest.approx([expected["coef"], expected["se"]], abs=5e-5)
    assert found.ratio == pytest.approx(expected["hr_per_anchor"], abs=5e-5)
    assert partial_likelihood(groups, found.coefficient) > partial_likelihood(groups, expected["coef"])
    for near in (-1e-4, 1e-4):
        assert partial_likelihood(groups, found.coefficient) > partial_likelihood(groups, found.coefficient + near)
    assert found.high < 1
    assert found.proven == "keeps_longer"


@pytest.mark.parametrize(
    "groups",
    [
        {},
        {1: observed([1, 2], [1, 1])},
        {1: observed([3, 4], [0, 0]), 2: observed([5], [0])},
        {1: observed([1, 2, 3], [1, 1, 1]), 2: observed([9, 9], [0, 0])},
    ],
)
def test_what_cannot_be_told_has_no_ratio(groups: dict[int, list[Observation]]) -> None:
    assert hazard_ratio(groups) is None


@pytest.mark.parametrize("place", [0, 1])
def test_only_anchors_known_beforehand_tell_the_truth(place: int) -> None:
    """4000 firms that add services as time goes by, with and without a true effect of each."""
    case = golden("anchors.immortal_time")
    expected, inputs = case["expected"][place], case["inputs"]
    world = grow(expected["true_hr"], **{name: inputs[name] for name in ("n", "months", "h0", "anchor_rate", "seed")})
    naive = hazard_ratio(landmark_groups(world["final"], landmark=0))
    landmark = hazard_ratio(landmark_groups(world["early"], landmark=6))
    periods = anchor_effect(world["periods"])
    assert naive is not None
    assert landmark is not None
    assert periods is not None
    assert naive.ratio == pytest.approx(expected["naive_final_anchors_hr"], rel=case["tol"])
    assert landmark.ratio == pytest.approx(expected["landmark6_hr"], rel=case["tol"])
    assert periods.hazard_ratio == pytest.approx(expected["person_period_hr"], rel=case["tol"])
    assert landmark.error == pytest.approx(expected["landmark_se"], rel=0.2)
    assert periods.errors[1] == pytest.approx(expected["person_period_se"], rel=0.2)
    assert periods.low < expected["true_hr"] < periods.high


def grow(effect: float, *, n: int, months: int, h0: float, anchor_rate: float, seed: int) -> dict[str, Any]:
    """Clients that start with one service, add one now and then up to five, and leave by those held that month."""
    random = np.random.default_rng(seed)
    anchors, here = np.ones(n, dtype=int), np.ones(n, dtype=bool)
    time, early = np.full(n, float(months)), np.ones(n, dtype=int)
    seen, lost = np.zeros(6, dtype=int), np.zeros(6, dtype=int)
    for month in range(1, months + 1):
        leaves = here & (random.random(n) < -np.expm1(-h0 * effect ** (anchors - 1.0)))
        seen += np.bincount(anchors[here], minlength=6)
        lost += np.bincount(anchors[leaves], minlength=6)
        time[leaves] = month
        here &= ~leaves
        anchors += here & (anchors < 5) & (random.random(n) < anchor_rate)
        early = anchors.copy() if month == 6 else early
    stays = [Observation(float(t), bool(t < months or not still)) for t, still in zip(time, here, strict=True)]
    return {
        "final": [Followed(*pair) for pair in zip(stays, map(int, anchors), strict=True)],
        "early": [Followed(*pair) for pair in zip(stays, map(int, early), strict=True)],
        "periods": [Exposure(k, int(seen[k]), int(lost[k])) for k in range(1, 6)],
    }
