"""Pareto/NBD and BG/BB against the published tables."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from loyalty.rules.models import beta_geometric, bg_bb
from loyalty.rules.models import pareto_nbd as pareto
from loyalty.rules.models.bg_bb import years
from loyalty.rules.models.fitting import Fit
from loyalty.rules.models.histories import histories
from tests.loyalty.golden import assert_close, golden, golden_cases
from tests.loyalty.models.cdnow import cdnow, cdnow_78_weeks, donors


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return pareto.fit(cdnow().data)


def test_pareto_nbd_finds_the_published_maximum(fitted: Fit) -> None:
    case = golden("btyd.fit.pnbd")
    assert_close(fitted.parameters, case["expected"]["params"], case)
    assert fitted.log_likelihood == pytest.approx(case["expected"]["LL"], abs=1e-7)
    assert_close(dict(zip(pareto.NAMES, fitted.errors or (), strict=True)), case["expected"]["se"], case)
    published = golden("btyd.fit.pnbd.published")
    assert_close(fitted.parameters, published["expected"]["params"], published)
    assert fitted.usable


def test_pareto_nbd_finds_the_published_maximum_of_78_weeks() -> None:
    case = golden("btyd.fit.pnbd78")
    found = pareto.fit(cdnow_78_weeks())
    assert_close(found.parameters, case["expected"]["params"], case)
    assert found.log_likelihood == pytest.approx(case["expected"]["LL"], abs=1e-6)
    assert found.n == 2357


def test_both_models_agree_with_clvtools_that_knows_exact_dates(fitted: Fit) -> None:
    case = golden("btyd.fit.clvtools")
    fits = {"bgnbd": beta_geometric.fit(cdnow().data, modified=False), "pnbd": fitted}
    for name, fit in fits.items():
        wanted = {key: value for key, value in case["expected"][name].items() if key != "se"}
        assert_close({**fit.parameters, "LL": fit.log_likelihood}, wanted, case)


def test_pareto_nbd_gives_the_vignettes_figures(fitted: Fit) -> None:
    parameters = pareto.Parameters(*fitted.values)
    busy, silent = histories([26], [30.86], [31]), histories([0], [0], [39])
    assert pareto.expected_orders(parameters, busy, 52.0)[0] == pytest.approx(25.456547, rel=1e-6)
    assert pareto.p_alive(parameters, silent)[0] == pytest.approx(0.2942777, rel=1e-6)


def test_pareto_nbd_underestimates_the_holdout_by_the_stated_amount(fitted: Fit) -> None:
    case = golden("btyd.holdout")
    found = pareto.expected_orders(pareto.Parameters(*fitted.values), cdnow().data, 39.0).sum()
    assert_close(found, case["expected"]["pnbd_total"], case)


@pytest.mark.parametrize("case", golden_cases("btyd.pred"))
def test_one_customer_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    one = histories([inputs["x"]], [inputs["t_x"]], [inputs["T"]])
    parameters = pareto.Parameters(*inputs["params"]["pnbd"])
    found = {
        "pnbd_palive": pareto.p_alive(parameters, one)[0],
        "pnbd_ce": pareto.expected_orders(parameters, one, inputs["t"])[0],
        "pnbd_ll": pareto.log_likelihood(parameters, one)[0],
        "pnbd_dert_15pct": pareto.residual_orders(parameters, one, rate=0.0027)[0],
    }
    assert_close(found, {key: expected[key] for key in found}, case)


def test_many_orders_do_not_underflow() -> None:
    case = golden("btyd.underflow.pnbd")
    inputs = case["inputs"]
    columns = [list(column) for column in zip(*inputs["cases"], strict=True)]
    parameters = pareto.Parameters(*(inputs[name] for name in pareto.NAMES))
    found = pareto.expected_orders(parameters, histories(*columns), inputs["t"])
    assert_close(found.tolist(), case["expected"], case)


@pytest.mark.parametrize("case", golden_cases("btyd.dert"))
def test_residual_orders_match_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    x = np.atleast_1d(inputs["x"])
    data = histories(x, np.full(x.size, inputs["t_x"]), np.full(x.size, inputs["T"]))
    found = pareto.residual_orders(pareto.Parameters(*inputs["params"]), data, rate=inputs["d"])
    assert_close(found.tolist(), np.atleast_1d(case["expected"]).tolist(), case)


def test_residual_orders_are_the_discounted_future() -> None:
    parameters, one, rate = pareto.Parameters(0.8, 5, 1.2, 9), histories([3], [10], [14]), 0.02

    def slope(t: float) -> float:
        near = [pareto.expected_orders(parameters, one, t + step)[0] for step in (-1e-4, 1e-4)]
        return float(near[1] - near[0]) / 2e-4 * float(np.exp(-rate * t))

    total = quad(slope, 1e-3, 1500, limit=300)[0]
    assert pareto.residual_orders(parameters, one, rate=rate)[0] == pytest.approx(total, rel=1e-3)
    with pytest.raises(ValueError, match="above 0"):
        pareto.residual_orders(parameters, one, rate=0.0)


def test_either_scale_of_pareto_nbd_may_be_the_larger() -> None:
    one = histories([3], [10], [14])
    small, large = (pareto.p_alive(pareto.Parameters(0.8, 5, 0.6, beta), one)[0] for beta in (4.999, 5.001))
    assert small == pytest.approx(large, rel=1e-3)
    same = pareto.p_alive(pareto.Parameters(0.8, 5, 0.6, 5), one)[0]
    assert min(small, large) <= same <= max(small, large)


def test_bg_bb_finds_the_published_maximum() -> None:
    case = golden("bgbb.fit")
    found = bg_bb.fit(donors())
    assert_close(found.parameters, case["expected"]["params"], case)
    assert found.log_likelihood == pytest.approx(case["expected"]["LL"], abs=1e-6)
    total = donors().weight @ bg_bb.expected_years(bg_bb.Parameters(*found.values), donors(), 5)
    assert_close(total, case["expected"]["total_ce_5"], case)
    assert (found.n, found.usable) == (11_104, True)


@pytest.mark.parametrize("case", golden_cases("bgbb.pred"))
def test_one_donor_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    parameters = bg_bb.Parameters(*inputs["params"])
    one = years([inputs["x"]], [inputs["t_x"]], [inputs["n"]])
    found = {
        "palive_n": bg_bb.p_alive(parameters, one)[0],
        "palive_n1": bg_bb.p_alive(parameters, one, ahead=1)[0],
        "ce5": bg_bb.expected_years(parameters, one, inputs["n_star"])[0],
        "dert10": bg_bb.residual_years(parameters, one, rate=inputs["d"])[0],
    }
    assert_close(found, case["expected"], case)


def test_the_chances_of_all_donors_histories_sum_to_one() -> None:
    seen = 4
    patterns = [(1 + bits.bit_count(), last) for last in range(1, seen + 1) for bits in range(2 ** (last - 1))]
    x, last_bought = (list(column) for column in zip((0, 0), *patterns, strict=True))
    data = years(x, last_bought, [seen] * len(x))
    logs = bg_bb.log_likelihood(bg_bb.Parameters(1.2, 0.75, 0.66, 2.8), data)
    assert np.exp(logs).sum() == pytest.approx(1, rel=1e-12)


def test_gamma_equal_to_one_is_no_singularity() -> None:
    one = years([2], [3], [5])
    beside = [bg_bb.expected_years(bg_bb.Parameters(1.2, 0.7, g, 3), one, 4)[0] for g in (0.999, 1.0, 1.001)]
    assert beside[1] == pytest.approx((beside[0] + beside[2]) / 2, rel=1e-5)


def test_the_repeat_rate_stands_in_for_few_years() -> None:
    assert bg_bb.repeat_rate(years_seen=8, years_bought=6).mean == 0.7
    with pytest.raises(ValueError, match="part of the years"):
        bg_bb.repeat_rate(years_seen=1, years_bought=2)


@pytest.mark.parametrize(
    "rows", [([2], [1], [5]), ([1], [6], [5]), ([1], [0], [5]), ([0.5], [1], [5]), ([1], [1, 2], [5])]
)
def test_what_no_client_can_have_done_is_refused(rows: Any) -> None:
    with pytest.raises(ValueError, match="years are"):
        years(*rows)


def test_a_rate_is_seen_only_where_some_bought_and_some_did_not() -> None:
    with pytest.raises(ValueError, match="some bought"):
        bg_bb.fit(years([0, 0], [0, 0], [3, 3]))
    with pytest.raises(ValueError, match="no rate"):
        pareto.fit(histories([0], [0], [3]))
    with pytest.raises(ValueError, match="above 0"):
        bg_bb.residual_years(bg_bb.Parameters(1, 1, 1, 1), years([1], [1], [1]), rate=0)
