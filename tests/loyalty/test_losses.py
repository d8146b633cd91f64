"""loyalty.rules.losses: the distribution of lost revenue."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.losses import LossDistribution, exact_losses, loss_distribution, simulated_losses
from loyalty.rules.receivables import capped_pool, default_risk, provision
from tests.loyalty.golden import assert_close, golden

INDEPENDENT = golden("stress.independent")
SHARES, CHANCES = INDEPENDENT["inputs"]["shares"], INDEPENDENT["inputs"]["p"]


def as_golden(found: LossDistribution) -> dict[str, float]:
    reached = dict(found.at_least)
    names: dict[str, float] = {"EL": found.expected, "SD": found.sd, "P_no_loss": found.p_none}
    names |= {"VaR95": found.var95, "ES95": found.es95, "VaR99": found.var99, "ES99": found.es99}
    return names | {f"P_loss_ge_{round(100 * x)}": p for x, p in reached.items()}


def test_independent_losses_match_the_golden_case() -> None:
    expected = {k: v for k, v in INDEPENDENT["expected"].items() if k in as_golden(exact_losses([1], [1]))}
    assert len(expected) == 9
    found = loss_distribution(SHARES, CHANCES, seed=1)
    assert found is not None
    assert (found.method, found.draws, found.common_shock) == ("exact", None, 0)
    assert_close(as_golden(found), expected, INDEPENDENT)


def test_a_common_shock_matches_the_golden_case() -> None:
    case = golden("stress.one_factor")
    assert_close(as_golden(exact_losses(SHARES, CHANCES, rho=0.15)), case["expected"], case)


def test_the_simulation_agrees_with_the_exact_figures() -> None:
    exact = exact_losses(SHARES, CHANCES, rho=0.15)
    found = simulated_losses(SHARES, CHANCES, rho=0.15, draws=100_000, seed=7)
    assert found.method == "monte_carlo"
    assert abs(found.expected - exact.expected) < 4 * exact.sd / math.sqrt(100_000)
    assert found.sd == pytest.approx(exact.sd, rel=0.02)
    assert found.es95 == pytest.approx(exact.es95, rel=0.03)


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    shares, chances = [1 / 30] * 30, [0.1] * 30
    found = loss_distribution(shares, chances, seed=3, draws=2000)
    assert found is not None
    assert (found.method, found.seed, found.draws) == ("monte_carlo", 3, 2000)
    assert found == loss_distribution(shares, chances, seed=3, draws=2000)
    assert found != loss_distribution(shares, chances, seed=4, draws=2000)


def test_a_large_portfolio_is_drawn_in_blocks_with_the_right_mean() -> None:
    n = 5000
    found = loss_distribution(np.full(n, 1 / n), np.full(n, 0.1), seed=5, draws=1500, rho=0.0)
    assert found is not None
    assert found.expected == pytest.approx(0.1, abs=0.001)
    assert found.sd == pytest.approx(math.sqrt(0.09 / n), rel=0.1)


def test_clients_that_cannot_be_lost_do_not_count_towards_the_limit() -> None:
    found = loss_distribution([0.01] * 100, [0.5] * 20 + [0.0] * 80, seed=1)
    assert found is not None
    assert found.method == "exact"
    with pytest.raises(ValueError, match="too many combinations"):
        exact_losses([0.04] * 25, [0.5] * 25)


def test_certain_and_impossible_losses_are_no_exception() -> None:
    sure = exact_losses([0.6, 0.4], [1.0, 0.0], rho=0.15)
    assert (sure.expected, sure.sd, sure.var95, sure.p_none) == pytest.approx((0.6, 0, 0.6, 0), abs=1e-7)
    safe = loss_distribution([0.6, 0.4], [0.0, 0.0], seed=1)
    assert safe is not None
    assert (safe.expected, safe.var99, safe.es99, safe.p_none) == (0, 0, 0, 1)


def test_nothing_to_lose_gives_no_distribution() -> None:
    assert loss_distribution([], [], seed=1) is None
    assert loss_distribution([0.0], [0.5], seed=1) is None


@pytest.mark.parametrize(
    ("shares", "chances"),
    [([0.5], [0.1, 0.2]), ([-0.1], [0.1]), ([0.1], [1.1]), ([math.nan], [0.1]), ([0.1], [math.nan])],
)
def test_impossible_shares_and_probabilities_are_refused(shares: list[float], chances: list[float]) -> None:
    with pytest.raises(ValueError, match="shares"):
        loss_distribution(shares, chances, seed=1)


def test_a_simulation_needs_a_draw_and_a_correlation_below_one() -> None:
    with pytest.raises(ValueError, match="draw"):
        simulated_losses([1.0], [0.1], rho=0, draws=0, seed=1)
    with pytest.raises(ValueError, match="correlation"):
        simulated_losses([1.0], [0.1], rho=1.0, draws=1, seed=1)


@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0, 1)), min_size=1, max_size=8))
def test_the_moments_are_those_of_independent_losses(clients: list[tuple[float, float]]) -> None:
    found = exact_losses([s for s, _ in clients], [p for _, p in clients])
    assert found.expected == pytest.approx(sum(s * p for s, p in clients))
    assert found.sd**2 == pytest.approx(sum(s * s * p * (1 - p) for s, p in clients), abs=1e-12)
    assert found.var95 <= found.var99 + 1e-12
    assert found.var95 <= found.es95 + 1e-9
    assert found.es95 <= found.es99 + 1e-9
    assert found.es99 <= sum(s for s, _ in clients) * (1 + 1e-9)


def test_receivables_match_the_golden_case() -> None:
    case: dict[str, Any] = golden("stress.receivables")
    inputs, expected = case["inputs"], case["expected"]
    amounts = {band: Decimal(amount) for band, (amount, _) in inputs["provision_matrix"].items()}
    rates = {band: Decimal(str(rate)) for band, (_, rate) in inputs["provision_matrix"].items()}
    assert provision(amounts, rates) == Decimal(str(expected["ecl"]))
    risk = default_risk([Decimal(x) for x in inputs["receivables"]], inputs["p"], loss_given_default=Decimal("0.6"))
    assert risk is not None
    assert (risk.expected_loss, risk.sd, risk.largest_loss) == (
        Decimal("15.27"),
        Decimal("22.65"),
        Decimal("90.00"),
    )


def test_without_receivables_there_is_no_risk_figure() -> None:
    assert default_risk([Decimal(0), Decimal(-5)], [0.1, 0.1], loss_given_default=Decimal("0.6")) is None


def test_the_lenders_cap_matches_the_golden_case() -> None:
    case = golden("stress.ar_cap")
    amounts = [Decimal(x) for x in case["inputs"]["receivables"]]
    for share, expected in case["expected"].items():
        assert_close(capped_pool(amounts, Decimal(share))._asdict(), expected, case)
