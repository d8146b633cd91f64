"""loyalty.rules.ranking: fifths of recency, frequency and money, and the quadrant of value and potential."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.ranking import Bought, Quadrant, Wallet, fifths, middle_ranks, quadrant, rfm
from tests.loyalty.golden import golden


def test_scores_are_those_of_the_golden_case() -> None:
    case = golden("tiers.rfm")
    columns = (case["inputs"][name] for name in ("recency_days", "frequency", "monetary"))
    found = rfm([Bought(days, times, Decimal(money)) for days, times, money in zip(*columns, strict=True)])
    expected = case["expected"]
    for place, name in enumerate("RFM"):
        assert [scores[place] for scores in found] == expected[name]
    assert [scores.code for scores in found] == expected["score"]


def test_quadrants_are_those_of_the_golden_case() -> None:
    case = golden("tiers.matrix")
    inputs = case["inputs"]
    cut = Decimal(str(inputs["cut"]))
    pairs = zip(inputs["value"], inputs["potential"], strict=True)
    found = [quadrant(Decimal(str(value)), Decimal(str(potential)), cut=cut) for value, potential in pairs]
    assert found == list(case["expected"].values())


def test_what_reaches_the_cut_is_high() -> None:
    assert quadrant(Decimal("0.5"), Decimal("0.5")) is Quadrant.INVEST
    assert quadrant(Decimal("0.49"), Fraction(1, 2)) is Quadrant.DEVELOP
    assert quadrant(Decimal("0.5"), Decimal("0.49")) is Quadrant.PROTECT


@given(st.lists(st.integers(-5, 5), max_size=40))
def test_larger_values_never_score_less_and_equal_ones_the_same(values: list[int]) -> None:
    scores = fifths(values)
    assert fifths(values, falling=True) == [6 - score for score in scores]
    for one, first in zip(values, scores, strict=True):
        for other, second in zip(values, scores, strict=True):
            assert (first <= second) if one <= other else (first >= second)
    assert all(1 <= score <= 5 for score in scores)


def test_ranks_lie_in_the_middle() -> None:
    assert middle_ranks([]) == []
    assert middle_ranks([7]) == [Fraction(1, 2)]
    assert middle_ranks([1, 1, 9]) == [Fraction(1, 3), Fraction(1, 3), Fraction(5, 6)]


@pytest.mark.parametrize(
    ("current", "potential", "elsewhere"),
    [(200, 2000, Fraction(9, 10)), (0, 50, 1), (80, 40, 0), (-5, 10, 1), (0, 0, None), (5, -1, None)],
)
def test_what_is_elsewhere_is_a_share_or_unknown(current: int, potential: int, elsewhere: object) -> None:
    assert Wallet(Decimal(current), Decimal(potential)).elsewhere == elsewhere
