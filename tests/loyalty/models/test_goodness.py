"""What is drawn beside the data: chances that sum to one, agree with the models' means, and with simulated firms."""

import numpy as np
import pytest

from loyalty.rules.models import beta_geometric as bg
from loyalty.rules.models import gamma_gamma as gg
from loyalty.rules.models import goodness, sbg
from loyalty.rules.models.histories import histories
from tests.loyalty.golden import golden
from tests.loyalty.models.cdnow import cdnow
from tests.loyalty.models.synthetic import synthetic_orders

ADHOC = bg.Parameters(0.8, 5.0, 0.7, 3.0)


@pytest.mark.parametrize("age", [0.5, 12.0, 60.0])
def test_chances_of_repeats_sum_to_one_and_to_the_expected_orders(age: float) -> None:
    ages, most = np.array([age]), 400
    chances = np.array([goodness.repeat_chance(ADHOC, x, ages)[0] for x in range(most)])
    assert chances.sum() == pytest.approx(1, abs=1e-9)
    assert chances @ np.arange(most) == pytest.approx(bg.expected_orders_of_new(ADHOC, ages)[0], rel=1e-9)
    assert (chances >= 0).all()


def test_a_simulated_firm_lies_on_its_own_line() -> None:
    data, _ = synthetic_orders(*ADHOC, n=20_000, seed=4)
    points = goodness.repeats(ADHOC, data)
    assert sum(point.observed for point in points) == pytest.approx(20_000)
    assert sum(point.expected for point in points) == pytest.approx(20_000)
    for point in points:
        assert abs(point.observed - point.expected) < 4 * np.sqrt(point.expected)


def test_the_published_fit_tells_how_many_never_came_back() -> None:
    """Of 2357 customers 1411 made no repeat order in 39 weeks; the fit expects them to within 1 %."""
    fitted = bg.Parameters(*bg.fit(cdnow().data).values)
    never = goodness.repeats(fitted, cdnow().data)[0]
    assert never.observed == 1411
    assert never.expected == pytest.approx(1411, rel=0.01)


def test_weights_count_clients() -> None:
    once = goodness.repeats(ADHOC, histories([0, 1], [0, 2], [9, 9], weight=[3, 1]))
    apart = goodness.repeats(ADHOC, histories([0, 0, 0, 1], [0, 0, 0, 2], [9, 9, 9, 9]))
    assert np.array(once) == pytest.approx(np.array(apart))


def test_observed_renewals_are_the_published_survival_until_too_few_decide() -> None:
    case = golden("sbg.fit.regular")["inputs"]
    left = -np.diff(np.array(case["survival_pct"]) * 10)
    decided = [*range(1, 8), 7]
    data = sbg.renewals(decided, [1] * 7 + [0], weight=[*left, 1000 - left.sum()])
    points = goodness.renewals(sbg.Parameters(0.704, 1.182), data)
    assert [point.observed for point in points] == pytest.approx(np.array(case["survival_pct"]) / 100)
    assert max(abs(point.observed - point.expected) for point in points) < 0.02
    few = sbg.renewals([1, 2, 3], [1, 0, 0], weight=[6, 2, 2])
    assert [point.at for point in goodness.renewals(sbg.Parameters(1, 4), few)] == [0, 1]
    assert goodness.renewals(sbg.Parameters(1, 4), sbg.renewals([0], [0])) == ()


def test_mean_values_of_a_simulated_firm_lie_on_their_line() -> None:
    random, parameters = np.random.default_rng(8), gg.Parameters(4.0, 3.5, 250.0)
    x = random.geometric(0.3, 20_000).astype(float)
    z = random.gamma(parameters.p * x) / x / (random.gamma(parameters.q, size=x.size) / parameters.v)
    points = goodness.spend(parameters, x, z)
    assert len(points) == goodness.BINS
    assert points[0].at == 0
    assert sum(point.expected for point in points) == pytest.approx(20_000)
    for point in points:
        assert abs(point.observed - point.expected) < 4 * np.sqrt(point.expected)
    assert goodness.spend(parameters, x[:5], z[:5]) == ()
    assert goodness.spend(parameters, np.zeros(50), np.zeros(50)) == ()
