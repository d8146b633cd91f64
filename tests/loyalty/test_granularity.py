"""loyalty.rules.granularity: what of a bad year comes from a few large clients."""

import numpy as np
import pytest

from loyalty.rules.granularity import granularity
from loyalty.rules.losses import exact_losses
from tests.loyalty.golden import assert_close, golden


def test_the_adjustment_matches_the_golden_case() -> None:
    case = golden("stress.granularity")
    inputs, expected = case["inputs"], case["expected"]
    exact = exact_losses(inputs["shares"], inputs["p"], rho=inputs["rho"])
    for level, name, true in ((0.95, "95", exact.var95), (0.99, "99", exact.var99)):
        found = granularity(inputs["shares"], inputs["p"], level=level, rho=inputs["rho"])
        assert found is not None
        assert_close(found, [expected[f"ASRF{name}"], expected[f"GA{name}"]], case)
        assert_close(sum(found), expected[f"VaR{name}_approx"], case)
        assert_close(true, expected[f"VaR{name}_exact"], case)


def test_many_small_clients_leave_nothing_to_add() -> None:
    few, many = (granularity(np.full(n, 1 / n), np.full(n, 0.1)) for n in (5, 5000))
    assert few is not None
    assert many is not None
    assert few.diversified == pytest.approx(many.diversified)
    assert few.few_large == pytest.approx(1000 * many.few_large)
    assert 0 < many.few_large < 0.001


def test_nobody_at_risk_has_no_figure_and_who_leaves_for_sure_is_no_chance() -> None:
    assert granularity([], []) is None
    assert granularity([0.5, 0.5], [0, 0]) is None
    found, without = granularity([0.5, 0.5], [1, 0.1]), granularity([0.5], [0.1])
    assert found is not None
    assert without is not None
    assert found == pytest.approx((0.5 + without.diversified, without.few_large))


@pytest.mark.parametrize("rho", [0, 1, -0.1])
def test_without_a_common_shock_there_is_nothing_to_take_apart(rho: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        granularity([1], [0.1], rho=rho)
