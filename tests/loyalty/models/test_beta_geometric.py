"""BG/NBD and MBG/NBD against CDNOW, published tables and synthetic firms."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import chi2

from loyalty.rules.models import beta_geometric as bg
from loyalty.rules.models.fitting import Fit, Floats, climb_by_newton, differences
from loyalty.rules.models.histories import histories
from tests.loyalty.golden import assert_close, golden, golden_cases
from tests.loyalty.models.cdnow import cdnow
from tests.loyalty.models.synthetic import synthetic_orders


@pytest.fixture(scope="module")
def bg_fit() -> Fit:
    return bg.fit(cdnow().data, modified=False)


@pytest.fixture(scope="module")
def mbg_fit() -> Fit:
    return bg.fit(cdnow().data)


def test_the_data_are_the_published_ones() -> None:
    data, value = cdnow()
    sums = {"n": data.n, "sum_x": data.x.sum(), "sum_tx": data.last.sum(), "sum_T": data.age.sum()}
    sums |= {"n_repeat": data.repeaters, "mean_x": data.x.mean(), "max_x": data.x.max()}
    sums["mean_zbar_repeat"] = value[data.x > 0].mean()
    case = golden("btyd.data")
    assert_close(sums, case["expected"], case)


def test_bg_nbd_finds_the_published_maximum(bg_fit: Fit) -> None:
    case = golden("btyd.fit.bgnbd")
    assert_close(bg_fit.parameters, case["expected"]["params"], case)
    assert bg_fit.log_likelihood == pytest.approx(case["expected"]["LL"], abs=1e-8)
    assert_close(dict(zip(bg.NAMES, bg_fit.errors or (), strict=True)), case["expected"]["se"], case)
    published = golden("btyd.fit.bgnbd.published")
    assert_close(bg_fit.parameters, published["expected"]["params"], published)
    assert bg_fit.log_likelihood == pytest.approx(published["expected"]["LL"], abs=0.05)
    assert (bg_fit.model, bg_fit.method, bg_fit.n, bg_fit.usable) == ("bg_nbd", "mle", 2357, True)


def test_mbg_nbd_finds_the_published_maximum(mbg_fit: Fit) -> None:
    case = golden("btyd.fit.mbgnbd.published")
    assert_close(mbg_fit.parameters, case["expected"]["params"], case)
    assert mbg_fit.log_likelihood == pytest.approx(-9582.132685, abs=1e-6)
    assert mbg_fit.model == "mbg_nbd"


@pytest.mark.parametrize("case", golden_cases("btyd.pred"))
def test_one_customer_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    one = histories([inputs["x"]], [inputs["t_x"]], [inputs["T"]])
    for name, prefix, modified in (("bgnbd", "bg", False), ("mbgnbd", "mbg", True)):
        parameters = bg.Parameters(*inputs["params"][name])
        found = {
            f"{prefix}_palive": bg.p_alive(parameters, one, modified=modified)[0],
            f"{prefix}_ce": bg.expected_orders(parameters, one, inputs["t"], modified=modified)[0],
            f"{prefix}_ll": bg.log_likelihood(parameters, one, modified=modified)[0],
        }
        assert_close(found, {key: expected[key] for key in found}, case)


def test_the_published_conditional_expectation_is_met(bg_fit: Fit) -> None:
    case = golden("btyd.pub.bg_ce")
    one = histories([2], [30.43], [38.86])
    found = bg.expected_orders(bg.Parameters(*bg_fit.values), one, 39.0, modified=False)
    assert_close(found, [case["expected"]], case)
    assert round(float(found[0]), 3) == 1.226


@pytest.mark.parametrize(("name", "modified"), [("btyd.expectation.bg", False), ("btyd.expectation.mbg", True)])
def test_a_new_customers_orders_match_the_golden_case(name: str, modified: bool) -> None:
    case = golden(name)
    parameters = bg.Parameters(*case["inputs"]["params"])
    found = bg.expected_orders_of_new(parameters, case["inputs"]["t"], modified=modified)
    assert_close(found.tolist(), case["expected"], case)


def test_the_published_expectations_are_met(bg_fit: Fit) -> None:
    case = golden("btyd.expectation.bg.published")
    found = bg.expected_orders_of_new(bg.Parameters(*bg_fit.values), case["inputs"]["t"], modified=False)
    assert_close(found.tolist(), case["expected"], case)


@pytest.mark.parametrize(("name", "modified"), [("btyd.loglik.bg", False)])
def test_log_likelihoods_match_the_golden_case(name: str, modified: bool) -> None:
    case = golden(name)
    inputs = case["inputs"]
    parameters = bg.Parameters(*(inputs[key] for key in bg.NAMES))
    columns = [list(column) for column in zip(*inputs["cases"], strict=True)]
    found = bg.log_likelihood(parameters, histories(*columns), modified=modified)
    assert_close(found.tolist(), case["expected"], case)


def test_log_likelihoods_of_mbg_match_pymc_marketing() -> None:
    found = bg.log_likelihood(bg.Parameters(0.25, 4.0, 0.8, 2.5), histories([0, 200], [0, 38], [40, 40]))
    assert found == pytest.approx([-0.4179282620, 100.7869098], rel=1e-8)


def test_the_holdout_is_underestimated_by_the_stated_amount(bg_fit: Fit, mbg_fit: Fit) -> None:
    case = golden("btyd.holdout")
    data = cdnow().data
    old = bg.expected_orders(bg.Parameters(*bg_fit.values), data, 39.0, modified=False).sum()
    new = bg.expected_orders(bg.Parameters(*mbg_fit.values), data, 39.0).sum()
    assert_close([old, new], [case["expected"]["bg_total"], case["expected"]["mbg_total"]], case)
    assert new < old < case["expected"]["actual_total"]


def test_bg_nbd_believes_in_everyone_who_never_came_back_and_mbg_does_not() -> None:
    silent = histories([0], [0], [600])
    assert bg.p_alive(bg.Parameters(0.243, 4.414, 0.793, 2.426), silent, modified=False)[0] == 1
    assert bg.p_alive(bg.Parameters(0.525, 6.183, 0.891, 1.614), silent)[0] < 0.15


@pytest.mark.parametrize("modified", [False, True])
def test_the_coded_derivatives_are_those_of_the_likelihood(modified: bool) -> None:
    likelihood = bg._Likelihood(cdnow().data.grouped(), modified=modified)
    point = np.log([0.4, 5.0, 0.9, 2.2])

    def with_prior(at: Floats) -> float:
        return bg._plus_prior(likelihood.curve(at), at).value

    exact, rough = bg._plus_prior(likelihood.curve(point), point), differences(with_prior, point)
    assert exact.gradient == pytest.approx(rough.gradient, abs=1e-6)
    assert exact.hessian == pytest.approx(rough.hessian, abs=1e-2)
    single = bg.log_likelihood(bg.Parameters(0.4, 5.0, 0.9, 2.2), cdnow().data, modified=modified)
    assert likelihood.curve(point).value == pytest.approx(single.sum(), rel=1e-12)


def test_a_large_firm_is_fitted_from_a_sample_to_the_same_place() -> None:
    data, _ = synthetic_orders(0.8, 5, 0.7, 3, n=20_000, seed=4)
    likelihood = bg._Likelihood(data, modified=True)
    (start,) = bg._starts(data, modified=True)
    (plain,) = bg._rough_starts(data)
    assert np.abs(start - plain).max() > 0.1
    best = [climb_by_newton(likelihood.curve, [point]).value for point in (start, plain)]
    assert best[0] == pytest.approx(best[1], rel=1e-12)
    assert bg.fit(data).log_likelihood == pytest.approx(best[1], rel=1e-12)


def test_a_long_silence_does_not_overflow() -> None:
    data = histories([900, 0], [1, 0], [1000, 50])
    likelihood = bg._Likelihood(data, modified=True)
    point = np.log([0.5, 0.1, 0.9, 1.6])
    single = bg.log_likelihood(bg.Parameters(*np.exp(point)), data).sum()
    found = likelihood.curve(point)
    assert found.value == pytest.approx(single, rel=1e-12)
    assert np.isfinite(found.gradient).all()
    assert np.isfinite(found.hessian).all()


def test_grouping_changes_nothing_but_the_number_of_rows() -> None:
    data = cdnow().data
    grouped = data.grouped()
    assert grouped.x.size == 1016
    assert (grouped.n, grouped.repeaters) == (data.n, data.repeaters)
    parameters = bg.Parameters(0.5, 6.0, 0.9, 1.6)
    whole = bg.log_likelihood(parameters, data).sum()
    assert grouped.weight @ bg.log_likelihood(parameters, grouped) == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("modified", [False, True])
@pytest.mark.parametrize("x", [0, 1, 5])
def test_expected_orders_are_the_integral_over_rates_and_leaving(modified: bool, x: int) -> None:
    """Brute force over the two random variables, for a client known to be there."""
    r, alpha, a, b, age, horizon = 0.8, 5.0, 0.7, 3.0, 10.0, 24.0
    after = b + x + (1.0 if modified else 0.0)

    def given_leaving(p: float) -> float:
        # E over lambda ~ Gamma(r + x, alpha + age) of (1 - exp(-lambda p t)) / p.
        return float((1 - ((alpha + age) / (alpha + age + p * horizon)) ** (r + x)) / p)

    weight = quad(lambda p: p ** (a - 1) * (1 - p) ** (after - 1), 0, 1)[0]
    mean = quad(lambda p: p ** (a - 1) * (1 - p) ** (after - 1) * given_leaving(p), 0, 1)[0] / weight
    one = histories([x], [9.0 if x else 0.0], [age])
    parameters = bg.Parameters(r, alpha, a, b)
    alive = bg.p_alive(parameters, one, modified=modified)[0]
    found = bg.expected_orders(parameters, one, horizon, modified=modified)[0]
    assert found / alive == pytest.approx(mean, rel=1e-6)


def test_a_equal_to_one_is_no_singularity() -> None:
    one = histories([3], [10], [20])
    beside = [bg.expected_orders(bg.Parameters(0.8, 5, a, 3), one, 12.0)[0] for a in (0.999, 1.0, 1.001)]
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-6)


def test_whole_differences_of_parameters_are_no_singularity() -> None:
    one = histories([98], [0.9], [1.0])
    beside = [bg.expected_orders(bg.Parameters(r, 1, 0.5, 1.5), one, 36.0)[0] for r in (1.499, 1.5, 1.501)]
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-6)
    nobody = histories([0], [0], [1.0])
    found = bg.expected_orders(bg.Parameters(1, 1, 0.5, 0.5), nobody, 36.0, modified=False)[0]
    assert found == pytest.approx(
        bg.expected_orders(bg.Parameters(1, 1, 0.5, 0.50001), nobody, 36.0, modified=False)[0], rel=1e-4
    )


def test_nothing_is_expected_at_once_and_ever_more_later() -> None:
    data = histories([0, 3, 700], [0, 10, 59], [20, 20, 60])
    found = bg.expected_orders(bg.Parameters(0.8, 5, 0.7, 3), data, np.array([0.0, 1.0, 12.0, 120.0]))
    assert found.shape == (3, 4)
    assert np.isfinite(found).all()
    assert (found[:, 0] == 0).all()
    assert (np.diff(found, axis=1) > 0).all()
    with pytest.raises(ValueError, match="horizon"):
        bg.expected_orders(bg.Parameters(0.8, 5, 0.7, 3), data, -1.0)


@given(
    st.integers(0, 300),
    st.floats(0.01, 1),
    st.floats(0.1, 240),
    st.tuples(st.floats(0.05, 20), st.floats(0.05, 100), st.floats(0.05, 20), st.floats(0.05, 20)),
    st.booleans(),
)
def test_figures_are_finite_whatever_the_history(
    x: int, part: float, age: float, values: tuple[float, float, float, float], modified: bool
) -> None:
    one = histories([x], [age * part if x else 0.0], [age])
    parameters = bg.Parameters(*values)
    alive = bg.p_alive(parameters, one, modified=modified)[0]
    orders = bg.expected_orders(parameters, one, 36.0, modified=modified)[0]
    assert 0 <= alive <= 1
    assert orders >= 0
    assert np.isfinite([orders, bg.log_likelihood(parameters, one, modified=modified)[0]]).all()


def test_the_rate_alone_can_be_learnt_from_a_handful() -> None:
    few = histories([0, 1, 3, 0, 2], [0, 5, 20, 0, 7], [10, 12, 24, 6, 18])
    found = bg.fit_rate(few)
    assert (found.method, found.usable) == ("pooled", True)
    assert found.covariance is not None  # of the priors and the few orders: an interval without it would be too narrow
    assert found.values == pytest.approx((1.0, found.values[1], 0.6, 3.4))
    near = [bg.log_likelihood(bg.Parameters(1.0, found.values[1] * f, 0.6, 3.4), few).sum() for f in (0.98, 1.0, 1.02)]
    assert near[1] == max(near)


def test_priors_keep_a_small_fit_in_place() -> None:
    few, _ = synthetic_orders(0.8, 5, 0.7, 3, n=30, seed=2)
    found = bg.fit_map(few)
    assert found.method == "map"
    assert found.usable
    assert found.log_likelihood <= bg.fit(few).log_likelihood + 1e-9


def test_without_a_repeat_order_there_is_no_rate() -> None:
    with pytest.raises(ValueError, match="no rate"):
        bg.fit(histories([0, 0], [0, 0], [5, 6]))


def test_clients_who_are_alike_are_told_as_homogeneous() -> None:
    random = np.random.default_rng(1)
    x = random.poisson(6.0, 400)
    alike = histories(x, np.where(x > 0, 23.5, 0), np.full(400, 24.0))
    assert "homogeneous" in bg.fit(alike).warnings


def test_the_parameters_of_synthetic_firms_are_found_again() -> None:
    """Twelve firms of 3000 clients, judged jointly by the likelihood ratio, chi-square with 4 degrees each.

    The Wald statistic has a heavy tail here (a and b are skewed even on logarithms), the ratio has not.
    """
    truth = bg.Parameters(0.8, 5.0, 0.7, 3.0)
    ratios = []
    for seed in range(12):
        data, _ = synthetic_orders(*truth, n=3000, seed=seed)
        ratios.append(2 * (bg.fit(data).log_likelihood - bg.log_likelihood(truth, data).sum()))
    assert max(ratios) < chi2.ppf(0.999, 4)
    assert chi2.ppf(0.001, 48) < sum(ratios) < chi2.ppf(0.999, 48)


def test_stated_errors_are_those_seen_between_firms() -> None:
    """Over forty firms the mean of r, in its own standard errors, is near 0 and its spread near 1."""
    away = []
    for seed in range(40):
        found = bg.fit(synthetic_orders(0.8, 5, 0.7, 3, n=1000, seed=100 + seed)[0])
        assert found.log_errors is not None
        away.append((np.log(found.values[0]) - np.log(0.8)) / found.log_errors[0])
    assert abs(np.mean(away)) < 4 / np.sqrt(40)
    assert 0.6 < np.std(away) < 1.5


@pytest.mark.parametrize("modified", [False, True])
def test_expected_orders_foretell_those_of_a_synthetic_firm(modified: bool) -> None:
    data, later = synthetic_orders(0.8, 5, 0.7, 3, n=20_000, seed=9, modified=modified)
    expected = bg.expected_orders(bg.Parameters(0.8, 5, 0.7, 3), data, 12.0, modified=modified)
    assert expected.sum() == pytest.approx(later.sum(), rel=0.03)
    half = expected < np.median(expected)
    assert expected[half].sum() == pytest.approx(later[half].sum(), rel=0.1)
