"""loyalty.rules.nps and nps_accounts against the golden cases, and the laws of a score."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.nps import (
    Counts,
    bounds,
    category,
    change,
    checked_score,
    count,
    finite_population,
    interval,
    normal_quantile,
    response_rate,
    sample_size,
)
from loyalty.rules.nps_accounts import (
    AccountNps,
    Answer,
    account_category,
    account_nps,
    clustered_error,
    decision_maker_first,
    revenue_weighted,
    role_weighted,
)
from tests.loyalty.golden import assert_close, golden, golden_cases

counted = st.builds(Counts, st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))


@pytest.mark.parametrize("case", golden_cases("nps.P"))
def test_score_and_interval_match_the_golden_case(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    counts = Counts(inputs["promoters"], inputs["passives"], inputs["detractors"])
    found = interval(counts, level=inputs["level"])
    if expected is None:
        assert (counts.nps, counts.standard_error, found) == (None, None, None)
        return
    assert found is not None
    assert_close(counts.nps, expected["nps"], case)
    assert_close(counts.standard_error, expected["wald"]["se"], case)
    assert_close([found.low, found.high], expected["display_ci"], case)
    assert_close(found.centre, expected["adjusted_wald"]["centre"], case)
    assert_close(found.standard_error, expected["adjusted_wald"]["se"], case)


@pytest.mark.parametrize("score", [-1, 11, 9.0, "9", None, True, 8.5])
def test_anything_but_an_integer_from_0_to_10_is_refused(score: Any) -> None:
    with pytest.raises(ValueError, match="0 to 10"):
        checked_score(score)
    with pytest.raises(ValueError, match="0 to 10"):
        count([9, score])


def test_categories_end_at_six_and_eight() -> None:
    found = [category(score) for score in range(11)]
    assert found == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    assert count(range(11)) == Counts(2, 2, 7)


@given(counted.filter(lambda c: c.n > 0))
def test_the_interval_holds_the_score_and_mirrors_it(counts: Counts) -> None:
    found = interval(counts)
    mirrored = interval(Counts(counts.detractors, counts.passives, counts.promoters))
    assert found is not None
    assert mirrored is not None
    assert counts.nps is not None
    assert -100 <= found.low <= counts.nps <= found.high <= 100
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low))


ADJUSTED = [one for one in golden_cases("nps.change") if one.id != "nps.change.1"]


@pytest.mark.parametrize("case", ADJUSTED)
def test_a_change_matches_the_golden_case(case: dict[str, Any]) -> None:
    found = change(Counts(*case["inputs"]["before"]), Counts(*case["inputs"]["after"]))
    assert found is not None
    expected = case["expected"]
    assert_close(found.raw, expected["diff_raw"], case)
    assert_close(found.centre, expected["diff_centre"], case)
    assert_close(found.standard_error, expected["se"], case)
    assert_close([found.z, found.p], [expected["z"], expected["p"]], case)
    assert_close([found.low, found.high], [expected["lo"], expected["hi"]], case)
    assert found.trend == "not_proven"


def test_a_plain_wald_test_would_be_surer_than_ours() -> None:
    """The case of the unadjusted test, which is what our own standard errors give, and why it is not the one shown."""
    case = golden("nps.change.1")
    before, after = (Counts(*case["inputs"][name]) for name in ("before", "after"))
    assert before.standard_error is not None
    assert after.standard_error is not None
    assert before.nps is not None
    assert after.nps is not None
    error = math.hypot(before.standard_error, after.standard_error)
    assert_close([after.nps - before.nps, error], [case["expected"]["diff_raw"], case["expected"]["se"]], case)
    assert_close((after.nps - before.nps) / error, case["expected"]["z"], case)
    ours = change(before, after)
    assert ours is not None
    assert ours.p > case["expected"]["p"]


def test_under_ten_answers_no_trend_is_claimed() -> None:
    found = change(Counts(0, 0, 9), Counts(500, 0, 0))
    assert found is not None
    assert found.trend == "too_few"
    sure = change(Counts(0, 0, 10), Counts(500, 0, 0))
    assert sure is not None
    assert sure.trend == "up"
    back = change(Counts(500, 0, 0), Counts(0, 0, 10))
    assert back is not None
    assert back.trend == "down"


def test_a_change_from_or_to_nothing_is_none() -> None:
    assert change(Counts(0, 0, 0), Counts(1, 0, 0)) is None
    assert change(Counts(1, 0, 0), Counts(0, 0, 0)) is None


def test_response_rate_and_bounds_match_the_golden_case() -> None:
    case = golden("nps.response")
    inputs, expected = case["inputs"], case["expected"]
    counts = Counts(inputs["promoters"], inputs["passives"], inputs["detractors"])
    rate = response_rate(counts.n, sent=inputs["sent"], bounced=inputs["bounced"])
    assert_close(rate, expected["response_rate"], case)
    found = bounds(counts, delivered=inputs["sent"] - inputs["bounced"])
    assert_close(found, [expected["bound_lo"], expected["bound_hi"]], case)


def test_nothing_delivered_has_no_rate_and_no_bounds() -> None:
    assert response_rate(0, sent=4, bounced=4) is None
    assert bounds(Counts(0, 0, 0), delivered=0) is None


def test_more_answers_than_letters_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be"):
        response_rate(3, sent=4, bounced=2)
    with pytest.raises(ValueError, match="cannot be"):
        bounds(Counts(1, 1, 1), delivered=2)


@given(counted, st.integers(0, 500))
def test_the_bounds_hold_the_score(counts: Counts, silent: int) -> None:
    found = bounds(counts, delivered=counts.n + silent)
    if found and counts.nps is not None:
        assert -100 - 1e-9 <= found.worst <= counts.nps + 1e-9
        assert counts.nps - 1e-9 <= found.best <= 100 + 1e-9


@pytest.mark.parametrize("case", golden_cases("nps.samplesize"))
def test_the_sample_size_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    assert sample_size(inputs["p"], inputs["d"], margin=inputs["moe"], level=inputs["level"]) == case["expected"]


@pytest.mark.parametrize(("p", "d", "margin"), [(0.8, 0.3, 5), (0.5, 0.2, 0), (-0.1, 0.2, 5)])
def test_an_impossible_sample_is_refused(p: float, d: float, margin: float) -> None:
    with pytest.raises(ValueError, match="sample size"):
        sample_size(p, d, margin=margin)


def test_the_finite_population_matches_the_golden_case() -> None:
    case = golden("nps.fpc")
    counts = Counts(12, 5, 3)
    assert counts.standard_error is not None
    found = finite_population(counts.standard_error, answered=20, population=56)
    assert_close(found, case["expected"]["se_fpc"], case)
    assert finite_population(5.0, answered=1, population=1) == 0
    with pytest.raises(ValueError, match="population"):
        finite_population(5.0, answered=3, population=2)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_of_confidence_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(level)


ACCOUNT = golden("nps.account")
ANSWERS = {
    key: [
        Answer(score, "decision_maker" if weight == 2 else "user")
        for score, weight in zip(scores, ACCOUNT["inputs"]["role_weights"][key], strict=True)
    ]
    for key, scores in ACCOUNT["inputs"]["scores"].items()
}


def test_the_account_level_matches_the_golden_case() -> None:
    expected = ACCOUNT["expected"]
    persons = count(answer.score for given in ANSWERS.values() for answer in given)
    assert_close([persons.nps, persons.n], [expected["person_nps"], expected["person_n"]], ACCOUNT)
    assert_close(persons.standard_error, expected["naive_se"], ACCOUNT)
    assert_close(clustered_error(ANSWERS), expected["cluster_se"], ACCOUNT)
    level = account_nps(ANSWERS)
    assert level.n == 4
    assert_close(level.nps, expected["account_nps"], ACCOUNT)
    assert_close(level.standard_error, expected["account_se"], ACCOUNT)
    assert_close(role_weighted(ANSWERS).nps, expected["role_weighted_account"], ACCOUNT)
    money = revenue_weighted(ANSWERS, ACCOUNT["inputs"]["revenue"])
    assert_close(money, [expected["revenue_weighted"], expected["kish_n_eff_revenue"]], ACCOUNT)
    signs = {"promoter": 1, "passive": 0, "detractor": -1}
    found = {key: account_category([a.score for a in given]) for key, given in ANSWERS.items()}
    assert {key: signs[name or ""] for key, name in found.items()} == expected["account_category_by_mean"]


def test_the_decision_maker_speaks_first_for_an_account() -> None:
    answers = {
        "A": [Answer(3, "decision_maker"), Answer(10, "user"), Answer(10, "influencer")],
        "B": [Answer(9, "influencer"), Answer(2, "user")],
        "C": [Answer(9, "gatekeeper"), Answer(8, "user")],
        "D": [],
    }
    assert decision_maker_first(answers).nps == pytest.approx(100 * (-1 + 1 + 0.5) / 3)


def test_without_answers_there_is_no_account_figure() -> None:
    nobody: dict[str, list[Answer]] = {"A": []}
    assert account_nps(nobody) == AccountNps(0, None, None)
    assert revenue_weighted(nobody, {"A": 1.0}) is None
    assert revenue_weighted({"A": [Answer(9)]}, {}) is None
    assert clustered_error({"A": [Answer(9)]}) is None
    assert account_nps({"A": [Answer(9)]}).standard_error is None
    assert account_category([]) is None
