"""loyalty.rules.credibility: small clients lean on the firm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.credibility import credibility, credible
from tests.loyalty.golden import assert_close, golden


def test_the_shrunk_margin_matches_the_golden_case() -> None:
    case = golden("margin.credibility")
    assert_close(credibility(6), case["expected"]["Z"], case)
    assert_close(credible(0.55, observations=6, firm=0.40), case["expected"]["margin"], case)


def test_without_one_rate_the_other_stands() -> None:
    assert credible(None, observations=0, firm=0.4) == 0.4
    assert credible(0.55, observations=1, firm=None) == 0.55
    assert credible(None, observations=0, firm=None) is None


def test_without_observations_only_the_firm_counts() -> None:
    assert credible(0.9, observations=0, firm=0.4) == 0.4


@pytest.mark.parametrize(("n", "weight"), [(-1, 6), (1, 0)])
def test_impossible_counts_are_refused(n: int, weight: float) -> None:
    with pytest.raises(ValueError, match="credibility"):
        credibility(n, weight=weight)


@given(st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 10_000))
def test_the_shrunk_rate_lies_between_both(own: float, firm: float, n: int) -> None:
    shrunk = credible(own, observations=n, firm=firm)
    assert shrunk is not None
    assert min(own, firm) - 1e-12 <= shrunk <= max(own, firm) + 1e-12
