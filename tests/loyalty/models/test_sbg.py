"""Shifted-beta-geometric against the published tables, the small firm and synthetic firms."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import chi2

from loyalty.rules.models import sbg
from loyalty.rules.models.sbg import Parameters, Renewals, renewals
from tests.loyalty.golden import assert_close, golden, golden_cases
from tests.loyalty.models.synthetic import joint_wald, synthetic_renewals

shapes = st.builds(Parameters, st.floats(0.05, 20), st.floats(0.05, 50))


def from_table(percent: list[float], n: int, periods: int) -> Renewals:
    """A cohort of n clients written as survivors in percent, seen for so many renewals."""
    alive = np.array(percent[: periods + 1]) * n / 100
    decided, left = [*range(1, periods + 1), periods], [1] * periods + [0]
    return renewals(decided, left, weight=[*(alive[:-1] - alive[1:]), alive[-1]])


SMALL = golden("sbg.map.small_firm")


def small_firm() -> Renewals:
    return renewals(SMALL["inputs"]["T"], SMALL["inputs"]["churned"])


@pytest.mark.parametrize("case", golden_cases("sbg.fit"))
def test_the_published_maximum_is_found(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    found = sbg.fit(from_table(inputs["survival_pct"], inputs["n"], inputs["periods"]))
    assert_close(found.parameters, {name: expected[name] for name in sbg.NAMES}, case)
    assert (found.n, found.usable) == (1000, True)
    if "LL" in expected:
        assert found.log_likelihood == pytest.approx(expected["LL"], abs=1e-7)
        assert found.log_errors == pytest.approx((expected["se_log_alpha"], expected["se_log_beta"]), rel=1e-5)


@pytest.mark.parametrize("case", golden_cases("sbg.survival"))
def test_survival_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    found = sbg.survival(Parameters(inputs["alpha"], inputs["beta"]), inputs["t"])
    assert_close(found.tolist(), case["expected"], case)


@pytest.mark.parametrize("case", golden_cases("sbg.projection"))
def test_the_projection_of_years_8_to_12_is_as_good_as_stated(case: dict[str, Any]) -> None:
    percent, expected = case["inputs"]["survival_pct"], case["expected"]
    parameters = Parameters(*sbg.fit(from_table(percent, 1000, case["inputs"]["fit_periods"])).values)
    curve = sbg.survival(parameters, range(1, 13))
    assert_close(curve.tolist(), expected["S_fit_1_12"], case)
    assert_close(sbg.retention(parameters, range(1, 13)).tolist(), expected["r_fit_1_12"], case)
    seen = np.array(percent[8:13]) / 100
    assert_close(np.mean(np.abs(curve[7:] / seen - 1)), expected["MAPE_years_8_12"], case)


@pytest.mark.parametrize(
    "case",
    [param for param in golden_cases("sbg.") if param.values[0]["fn"].startswith(("sbg_derl", "sbg_del", "sbg_disc"))],
)
def test_residual_lifetimes_match_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    parameters, rate = Parameters(inputs["alpha"], inputs["beta"]), inputs["d"]
    if case["fn"] == "sbg_derl_before_renewal":
        assert_close(sbg.residual_before(parameters, inputs["n"], rate=rate).tolist(), case["expected"], case)
    elif case["fn"] == "sbg_derl_after_renewal":
        assert_close(sbg.residual_after(parameters, inputs["n"], rate=rate).tolist(), case["expected"], case)
    elif case["fn"] == "sbg_del_new_customer":
        assert_close(sbg.lifetime_of_new(parameters, rate=rate), case["expected"], case)
    else:
        found = sbg.discounted_payments(parameters, inputs["n"], rate=rate, horizon=inputs["H"])
        assert_close(found.tolist(), case["expected"], case)


@given(shapes, st.integers(1, 8), st.floats(0.05, 0.5))
def test_the_closed_form_is_the_sum_over_payments(parameters: Parameters, n: int, rate: float) -> None:
    steps = np.arange(n, n + 1500)
    terms = sbg.survival(parameters, steps) / sbg.survival(parameters, n - 1) * (1 + rate) ** -(steps - n * 1.0)
    assert sbg.residual_before(parameters, n, rate=rate) == pytest.approx(terms.sum(), rel=1e-8)


@given(shapes)
def test_survival_falls_and_renewal_rates_rise(parameters: Parameters) -> None:
    curve, rates = sbg.survival(parameters, range(20)), sbg.retention(parameters, range(1, 20))
    assert curve[0] == 1
    assert (np.diff(curve) <= 0).all()
    assert (np.diff(rates) >= 0).all()
    assert curve[1:] == pytest.approx(np.cumprod(rates), rel=1e-9)


def test_an_endless_lifetime_needs_a_rate() -> None:
    with pytest.raises(ValueError, match="above 0"):
        sbg.residual_before(Parameters(1, 1), 1, rate=0.0)


def test_the_small_firm_is_held_by_its_priors() -> None:
    found, expected = sbg.fit_map(small_firm()), SMALL["expected"]
    alpha, beta = found.values
    shape = {"phi": alpha / (alpha + beta), "kappa": alpha + beta, "alpha": alpha, "beta": beta}
    assert_close(shape, {name: expected[name] for name in shape}, SMALL)
    point = np.array([np.log(shape["phi"] / (1 - shape["phi"])), np.log(shape["kappa"])])
    assert_close(-sbg.log_posterior(point, small_firm()), expected["neg_log_post"], SMALL)
    share = expit(point[0])
    turn = np.linalg.inv(np.array([[1 - share, 1.0], [-share, 1.0]]))
    assert found.covariance is not None
    covariance = turn @ np.array(found.covariance) @ turn.T
    assert_close(covariance.tolist(), expected["cov_logitphi_lnkappa"], SMALL, floor=1e-5)
    assert (found.method, found.n, found.usable) == ("map", 12, True)


def test_the_own_fit_of_the_small_firm_runs_away_and_says_so() -> None:
    found = sbg.fit(small_firm())
    assert "homogeneous" in found.warnings
    assert not found.usable


def test_the_pooled_rate_matches_the_golden_case() -> None:
    case = golden("sbg.pooled_beta")
    found = sbg.pooled_churn(decisions=35, left=4)
    assert_close([found.alpha, found.beta], case["expected"]["posterior"], case)
    assert_close(found.mean, case["expected"]["mean"], case)
    assert_close([found.low, found.high], case["expected"]["ci90"], case)
    with pytest.raises(ValueError, match="part of the decisions"):
        sbg.pooled_churn(decisions=3, left=4)


def test_a_pooled_fit_renews_everybody_alike() -> None:
    found = sbg.fit_pooled(small_firm())
    rates = sbg.retention(Parameters(*found.values), [1, 2, 10])
    assert rates == pytest.approx([1 - 6 / 45] * 3, rel=1e-4)
    assert (found.method, found.n) == ("pooled", 12)


@pytest.mark.parametrize(("decided", "left"), [([2, 3], [0, 0]), ([1, 1], [1, 1]), ([0, 0], [0, 0])])
def test_a_rate_is_seen_only_where_some_left_and_some_stayed(decided: list[int], left: list[int]) -> None:
    with pytest.raises(ValueError, match="some left"):
        sbg.fit(renewals(decided, left))
    assert sbg.fit_map(renewals(decided, left)).usable


@pytest.mark.parametrize(("decided", "left"), [([0], [1]), ([1.5], [0]), ([1], [2]), ([1, 2], [0])])
def test_what_no_retainer_can_have_met_is_refused(decided: list[float], left: list[int]) -> None:
    with pytest.raises(ValueError, match=r"decisions|one length"):
        renewals(decided, left)


def test_the_parameters_of_synthetic_firms_are_found_again() -> None:
    truth, walds = np.array([0.9, 4.1]), []
    for seed in range(12):
        found = sbg.fit(synthetic_renewals(*truth, n=5000, seed=seed))
        assert found.covariance is not None
        walds.append(joint_wald(np.array(found.values), truth, np.array(found.covariance)))
    assert max(walds) < chi2.ppf(0.999, 2)
    assert chi2.ppf(0.001, 24) < sum(walds) < chi2.ppf(0.999, 24)
