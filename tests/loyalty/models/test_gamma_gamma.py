"""Gamma-Gamma against CDNOW, Hardie's spreadsheet and a synthetic firm."""

import numpy as np
import pytest
from scipy.stats import chi2

from loyalty.rules.models import gamma_gamma as gg
from loyalty.rules.models.fitting import differences
from tests.loyalty.golden import assert_close, golden
from tests.loyalty.models.cdnow import cdnow
from tests.loyalty.models.synthetic import joint_wald


def test_the_published_maximum_is_found() -> None:
    data, value = cdnow()
    found = gg.fit(data.x, value)
    assert found.values == pytest.approx((6.2488024, 3.7445885, 15.4477484), rel=1e-6)
    assert found.log_likelihood == pytest.approx(-4055.923244, abs=1e-6)
    assert found.values == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert (found.n, found.usable) == (946, True)
    assert gg.log_likelihood(gg.Parameters(*found.values), data.x, value) == pytest.approx(found.log_likelihood)


@pytest.mark.parametrize("name", ["btyd.gg.conditional", "btyd.gg.conditional.published"])
def test_expected_values_match_the_golden_case(name: str) -> None:
    case = golden(name)
    inputs = case["inputs"]
    parameters = gg.Parameters(inputs["p"], inputs["q"], inputs["v"])
    found = gg.expected_value(parameters, inputs["x"], inputs["m"])
    assert_close(found.tolist(), case["expected"], case)
    assert parameters.mean == pytest.approx(found[2])


def test_the_coded_derivatives_are_those_of_the_likelihood() -> None:
    x, z = np.array([1.0, 2.0, 7.0, 3.0]), np.array([20.0, 35.0, 12.0, 80.0])
    point = np.log([5.0, 3.0, 20.0])
    likelihood = gg._Likelihood(x, z)
    exact = likelihood.curve(point)
    rough = differences(lambda at: likelihood.curve(at).value, point)
    assert exact.gradient == pytest.approx(rough.gradient, abs=1e-7)
    assert exact.hessian == pytest.approx(rough.hessian, abs=1e-4)


def test_the_value_of_a_client_without_repeats_is_not_read() -> None:
    parameters = gg.Parameters(4, 3.5, 250)
    assert gg.expected_value(parameters, [0, 0], [np.nan, 1e9]) == pytest.approx([400, 400])


def test_many_orders_speak_for_themselves() -> None:
    assert gg.expected_value(gg.Parameters(4, 3.5, 250), [100_000], [520])[0] == pytest.approx(520, rel=1e-3)


def test_a_distribution_without_a_mean_gives_no_figure() -> None:
    heavy = gg.Parameters(4, 0.9, 250)
    assert heavy.mean is None
    with pytest.raises(ValueError, match="no mean"):
        gg.expected_value(heavy, [0], [0])
    assert gg.expected_value(heavy, [2], [100])[0] > 0


@pytest.mark.parametrize(
    ("repeats", "values"), [([], []), ([0, 0], [5, 6]), ([1, 1], [5, 5]), ([1, 2], [5, -1]), ([1], [5, 6])]
)
def test_too_little_to_learn_from_is_refused(repeats: list[int], values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"values of at least two|one length"):
        gg.fit(repeats, values)


def test_the_parameters_of_synthetic_firms_are_found_again() -> None:
    truth, walds = np.array([4.0, 3.5, 250.0]), []
    for seed in range(10):
        random = np.random.default_rng(seed)
        x = random.geometric(0.3, 2500)
        z = random.gamma(4.0 * x) / x / (random.gamma(3.5, size=2500) / 250)
        found = gg.fit(x, z)
        assert found.covariance is not None
        walds.append(joint_wald(np.array(found.values), truth, np.array(found.covariance)))
    assert max(walds) < chi2.ppf(0.999, 3)
    assert chi2.ppf(0.001, 30) < sum(walds) < chi2.ppf(0.999, 30)
