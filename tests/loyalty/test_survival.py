"""loyalty.rules.survival and anchors: how long clients stay, and what their anchors have to do with it."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.periods import DateRange, add_months
from loyalty.rules.anchors import (
    AnchorIndex,
    Exposure,
    Tenure,
    anchor_effect,
    anchor_index,
    exposures,
    hazards,
)
from loyalty.rules.survival import (
    Followed,
    Observation,
    kaplan_meier,
    landmark_groups,
    log_rank,
)
from tests.loyalty.golden import assert_close, golden, golden_cases


def observed(times: list[float], events: list[int]) -> list[Observation]:
    return [Observation(time, bool(left)) for time, left in zip(times, events, strict=True)]


def groups_of(case: dict[str, Any]) -> dict[int, list[Observation]]:
    return {int(key): observed(group["t"], group["e"]) for key, group in case["inputs"]["groups"].items()}


def test_kaplan_meier_matches_the_textbook() -> None:
    case, published = golden("km.freireich"), golden("km.freireich.published")
    curve = kaplan_meier(observed(case["inputs"]["t"], case["inputs"]["e"]))
    assert curve is not None
    rows = [
        {"t": p.time, "n": p.at_risk, "d": p.losses, "S": p.survival, "se": p.standard_error, "lo": p.low, "hi": p.high}
        for p in curve.points
    ]
    assert_close(rows, case["expected"]["rows"], case)
    assert curve.median == case["expected"]["median"]
    for time, survival in published["expected"]["S"].items():
        assert_close(curve.at(float(time)), survival, published)


def test_the_log_rank_test_matches_the_textbook() -> None:
    case = golden("logrank.freireich")
    groups = {i: observed(case["inputs"][name]["t"], case["inputs"][name]["e"]) for i, name in enumerate(("g1", "g2"))}
    found, expected = log_rank(groups), case["expected"]
    assert found is not None
    assert_close(found.chi_square, expected["chi2"], case)
    assert found.p == pytest.approx(expected["p"], rel=1e-9)
    assert_close([found.observed, found.expected], [expected["O"], expected["E"]], case)
    curve = kaplan_meier(groups[1])
    assert curve is not None
    assert (found.degrees, curve.median) == (1, case["inputs"]["g2"]["median"])
    assert curve.points[-1][3:] == (0, 0, None, None)


def test_the_groups_of_anchors_match_the_golden_case() -> None:
    case = golden("anchors.logrank")
    groups, expected = groups_of(case), case["expected"]
    found = log_rank(groups)
    assert found is not None
    assert_close([found.observed, found.expected], [expected["O"], expected["E"]], case)
    assert_close([found.chi_square, found.degrees, found.p], [expected["chi2"], expected["df"], expected["p"]], case)
    assert_close([found.trend_chi_square, found.trend_p], [expected["trend_chi2"], expected["trend_p"]], case)
    curves = [kaplan_meier(group) for group in groups.values()]
    assert [curve and curve.median for curve in curves] == [10, 20, None]
    means = [curve and curve.restricted_mean(24) for curve in curves]
    assert means == [13.75, pytest.approx(18.9444, abs=1e-4), 22.5]


def test_the_curve_ends_where_nobody_was_watched_any_more() -> None:
    curve = kaplan_meier(observed([5, 8], [1, 0]))
    assert curve is not None
    assert curve.restricted_mean(9) is None
    assert curve.restricted_mean(8) == 6.5
    assert curve.at(0) == 1
    gone = kaplan_meier(observed([5, 5], [1, 1]))
    assert gone is not None
    assert gone.restricted_mean(60) == 5
    assert kaplan_meier([]) is None


def test_groups_without_a_loss_cannot_be_compared() -> None:
    assert log_rank({1: observed([5], [0]), 2: observed([6], [0])}) is None
    assert log_rank({1: observed([5], [1])}) is None
    assert log_rank({}) is None


def test_who_left_before_the_landmark_takes_no_part() -> None:
    clients = [
        Followed(Observation(5, left=True), 1),
        Followed(Observation(6, left=False), 1),
        Followed(Observation(9, left=True), 3),
        Followed(Observation(8, left=True), 1),
        Followed(Observation(8, left=True), None),
    ]
    found = landmark_groups(clients, landmark=6)
    assert found == {1: [Observation(8, left=True)], 3: [Observation(9, left=True)]}
    assert list(found) == [1, 3]


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=60))
def test_the_curve_falls_and_its_interval_holds_it(rows: list[tuple[int, bool]]) -> None:
    curve = kaplan_meier([Observation(time, left) for time, left in rows])
    assert curve is not None
    survival = [1.0, *(point.survival for point in curve.points)]
    assert survival == sorted(survival, reverse=True)
    assert sum(point.losses for point in curve.points) == sum(left for _, left in rows)
    for point in curve.points:
        if point.low is not None and point.high is not None:
            assert 0 <= point.low <= point.survival <= point.high <= 1
        else:
            assert point.survival == 0
    if all(left for _, left in rows):
        mean = curve.restricted_mean(100)
        assert mean == pytest.approx(np.mean([time for time, _ in rows]))


def test_the_hazards_match_the_golden_case() -> None:
    case = golden("anchors.person_period")
    rows = [Exposure(*row) for row in case["inputs"]["rows"]]
    table = [
        {"anchors": h.anchors, "exposure": h.periods, "churn": h.losses, "hazard_q": h.hazard,
         "annual_retention": h.annual_retention, "shrunk_q": h.shrunk}
        for h in hazards(rows)
    ]  # fmt: skip
    assert_close(table, case["expected"]["table"], case)
    found, expected = anchor_effect(rows), case["expected"]["cloglog"]
    assert found is not None
    assert_close([found.intercept, found.slope], [expected["b0"], expected["b1"]], case)
    assert_close(found.errors, expected["se"], case)
    assert_close([found.hazard_ratio, found.low, found.high], [expected["hr_per_anchor"], *expected["hr_ci"]], case)
    assert_close(found.log_likelihood, expected["LL"], case)
    assert found.proven == "not_proven"


def test_more_data_prove_the_effect_either_way() -> None:
    rows = [Exposure(1, 1200, 120), Exposure(2, 900, 50), Exposure(3, 600, 20)]
    better, worse = anchor_effect(rows), anchor_effect([row._replace(anchors=-row.anchors) for row in rows])
    assert better is not None
    assert worse is not None
    assert (better.proven, worse.proven) == ("keeps_longer", "keeps_shorter")
    assert worse.slope == pytest.approx(-better.slope)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [Exposure(1, 10, 2)],
        [Exposure(1, 10, 0), Exposure(2, 10, 0)],
        [Exposure(1, 10, 3), Exposure(2, 10, 0)],
        [Exposure(1, 10, 10), Exposure(2, 10, 10)],
        [Exposure(1, 0, 0), Exposure(2, 10, 3)],
    ],
)
def test_data_that_cannot_tell_give_no_effect(rows: list[Exposure]) -> None:
    assert anchor_effect(rows) is None


def test_without_exposure_only_the_shrunk_hazard_stands() -> None:
    (found,) = hazards([Exposure(4, 0, 0)])
    assert (found.hazard, found.annual_retention, found.shrunk) == (None, None, 0.05)
    with pytest.raises(ValueError, match="part of the periods"):
        hazards([Exposure(1, 3, 4)])


def quarters_from(first: date, count: int) -> list[DateRange]:
    starts = [add_months(first, 3 * place) for place in range(count + 1)]
    return [DateRange(start, end) for start, end in pairwise(starts)]


def test_anchors_are_counted_at_the_start_of_the_quarter() -> None:
    quarters = quarters_from(date(2026, 1, 1), 4)
    always = (DateRange(date(2025, 1, 1), date(2028, 1, 1)),)
    later = (DateRange(date(2026, 5, 1), date(2028, 1, 1)),)
    stays = Tenure(date(2025, 1, 1), None, {"audit": always, "tax": later})
    leaves = Tenure(date(2026, 2, 1), date(2026, 8, 15), {"audit": always})
    assert exposures([stays, leaves], quarters) == (Exposure(1, 4, 1), Exposure(2, 2, 0))


def test_lines_bought_late_in_a_long_life_prove_nothing() -> None:
    """With no true effect the anchors held at the end seem to keep clients; the start of each quarter does not."""
    random = np.random.default_rng(6)
    quarters = quarters_from(date(2020, 1, 1), 20)
    tenures = [_client_without_effect(random, quarters) for _ in range(1500)]
    honest = anchor_effect(exposures(tenures, quarters))
    assert honest is not None
    assert honest.low < 1 < honest.high
    final = [t.anchors_on(t.lost_on or quarters[-1].last) for t in tenures]
    naive = [
        Exposure(k, n, lost) for k in sorted(set(final)) for n, lost in [_naive_exposure(tenures, final, k, quarters)]
    ]
    biased = anchor_effect(naive)
    assert biased is not None
    assert biased.proven == "keeps_longer"
    assert biased.hazard_ratio < 0.8


def _client_without_effect(random: np.random.Generator, quarters: list[DateRange]) -> Tenure:
    stay = int(random.geometric(0.08))
    lost_on = quarters[stay - 1].last if stay <= len(quarters) else None
    bought = np.cumsum(random.geometric(0.1, size=4))
    anchors = {"first": (DateRange(date(2020, 1, 1), date(2030, 1, 1)),)}
    for i, quarter in enumerate(bought):
        if quarter < len(quarters):
            anchors[f"line {i}"] = (DateRange(quarters[quarter].start, date(2030, 1, 1)),)
    return Tenure(date(2020, 1, 1), lost_on, anchors)


def _naive_exposure(
    tenures: list[Tenure], final: list[int], anchors: int, quarters: list[DateRange]
) -> tuple[int, int]:
    chosen = [tenure for tenure, count in zip(tenures, final, strict=True) if count == anchors]
    periods = sum(
        tenure.lost_on is None or tenure.lost_on >= quarter.start for tenure in chosen for quarter in quarters
    )
    return periods, sum(tenure.lost_on is not None for tenure in chosen)


def test_the_anchor_figures_match_the_golden_case() -> None:
    case = golden("anchors.index")
    services = {client: set(lines) for client, lines in case["inputs"]["services"].items()}
    revenue = {client: Decimal(amount) for client, amount in case["inputs"]["revenue"].items()}
    expected = case["expected"]
    assert {client: len(lines) for client, lines in services.items()} == expected["anchors"]
    found = anchor_index(services, revenue)
    assert_close(found, [expected["mean"], expected["share_ge2"], expected["single_anchor_revenue_share"]], case)
    assert anchor_index({}, {}) is None
    assert anchor_index({"A": {"audit"}}, {}) == AnchorIndex(1, 0, None)


def test_every_golden_case_has_a_provenance() -> None:
    for param in golden_cases(""):
        assert param.values[0]["provenance"]
