"""loyalty.rules.concentration against the golden cases and the laws of its indices."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.concentration import (
    POINTS,
    Finding,
    concentration,
    decompose,
    findings,
    group_totals,
    hhi_band,
    hhi_delta,
    revenue_to_reach,
    top1_band,
)
from tests.loyalty.golden import assert_close, golden, golden_cases

portfolios = st.dictionaries(st.integers(0, 99), st.decimals("0.01", "1000000", places=2), min_size=1, max_size=40)


def amounts_of(case: dict[str, Any]) -> dict[str, Decimal]:
    values = case["inputs"].get("values") or case["inputs"].get("revenue") or []
    keys = case["inputs"].get("id") or [str(i) for i in range(len(values))]
    return {key: Decimal(value) for key, value in zip(keys, values, strict=True)}


NAMES = {"hhi_norm": "hhi_normalised", "n_eff": "effective_number", "entropy_norm": "entropy_normalised"}
DERIVED = {"band", "major_10pct", "hill1"}


@pytest.mark.parametrize(
    "case",
    [
        *golden_cases("conc.revenue"),
        *golden_cases("conc.margin"),
        *golden_cases("conc.receivables"),
        *golden_cases("conc.edge"),
        *golden_cases("conc.doj"),
        *golden_cases("conc.group"),
    ],
)
def test_the_figures_match_the_golden_case(case: dict[str, Any]) -> None:
    figures, expected = concentration(amounts_of(case)), case["expected"]
    for name, value in expected.items():
        if name not in DERIVED:
            assert_close(getattr(figures, NAMES.get(name, name)), value, case)
    if figures.n and "band" in expected:
        assert hhi_band(figures.hhi_points) == expected["band"]
        assert len(figures.at_least(Decimal("0.10"))) == expected["major_10pct"]
        assert_close(math.exp(figures.entropy or 0.0), expected["hill1"], case)


def test_where_nothing_is_shared_there_is_no_figure() -> None:
    for amounts in ({}, {"A": Decimal(0)}, {"A": Decimal(-5)}):
        figures = concentration(amounts)
        assert (figures.n, figures.positive_total, figures.rows, figures.lorenz) == (0, Decimal(0), (), ())
        for name in ("top1", "top10", "hhi", "hhi_points", "effective_number", "gini", "entropy"):
            assert getattr(figures, name) is None
        assert findings(figures) == ()
    assert decompose({}, {}) == ()
    assert (hhi_band(None), top1_band(None)) == (None, None)


def test_negative_amounts_stand_apart() -> None:
    figures = concentration({"A": Decimal(100), "B": Decimal(-30), "C": Decimal("-0.01")})
    assert (figures.n, figures.positive_total, figures.top1) == (1, Decimal(100), 1.0)
    assert figures.total == Decimal("69.99")
    assert figures.negative == (("B", Decimal(-30)), ("C", Decimal("-0.01")))
    assert figures.negative_total == Decimal("-30.01")


def test_pareto_rows_run_from_the_largest_with_cumulative_shares() -> None:
    rows = concentration({"small": Decimal(1), "big": Decimal(3)}).rows
    assert [(row.key, row.amount, row.share, row.cumulative) for row in rows] == [
        ("big", Decimal(3), 0.75, 0.75),
        ("small", Decimal(1), 0.25, 1.0),
    ]


def test_a_client_of_exactly_ten_percent_is_major() -> None:
    figures = concentration({i: Decimal("0.10") for i in range(10)})
    assert len(figures.at_least(Decimal("0.10"))) == 10


@pytest.mark.parametrize(("wrong", "error"), [(1.5, TypeError), (Decimal("NaN"), ValueError)])
def test_floats_and_nan_are_refused(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        concentration({"A": Decimal(1), "B": wrong})


@pytest.mark.parametrize("case", golden_cases("conc.by_"))
def test_totals_by_group_match_the_golden_case(case: dict[str, Any]) -> None:
    totals = group_totals(amounts_of(case), case["inputs"]["map"])
    assert_close(totals, case["expected"]["totals"], case)
    figures = concentration(totals)
    assert_close(figures.hhi_points, case["expected"]["hhi_points"], case)
    assert_close(figures.top1, case["expected"]["top1"], case)


def test_the_decomposition_matches_the_golden_case() -> None:
    case = golden("conc.decomposition")
    rows = decompose(amounts_of(case), case["inputs"]["map"])
    assert [row.group for row in rows] == ["m1", "m2", "m3"]
    found = {
        row.group: {"share": row.share, "hhi_within": row.hhi_within, "contribution": row.contribution} for row in rows
    }
    assert_close(found, case["expected"]["groups"], case)
    assert sum(row.contribution for row in rows) == Fraction(22945, 100_000)


def test_two_clients_under_one_roof_raise_the_index_by_twice_their_product() -> None:
    case = golden("conc.merge_delta")
    assert hhi_delta(Decimal("0.4"), Decimal("0.12")) == case["expected"]


@given(portfolios, st.data())
def test_the_decomposition_sums_to_the_index_exactly(amounts: dict[int, Decimal], draw: st.DataObject) -> None:
    groups = {key: draw.draw(st.integers(0, 5)) for key in amounts}
    total = sum(Fraction(amount) for amount in amounts.values())
    index = sum((Fraction(amount) / total) ** 2 for amount in amounts.values())
    assert sum(row.contribution for row in decompose(amounts, groups)) == index


@given(portfolios)
def test_the_indices_keep_their_bounds(amounts: dict[int, Decimal]) -> None:
    figures = concentration(amounts)
    n = figures.n
    assert figures.hhi is not None
    assert figures.gini is not None
    assert figures.entropy is not None
    assert 1 / n <= figures.hhi * (1 + 1e-12)
    assert figures.hhi <= 1
    assert figures.effective_number == pytest.approx(1 / figures.hhi)
    assert figures.hhi_points == pytest.approx(POINTS * figures.hhi)
    assert 0 <= figures.gini <= 1 - 1 / n + 1e-12
    assert -1e-12 <= figures.entropy <= math.log(n) + 1e-9
    assert math.exp(figures.entropy) >= (figures.effective_number or 0) * (1 - 1e-9)
    assert figures.rows[-1].cumulative == 1.0
    assert [row.share for row in figures.rows] == sorted((row.share for row in figures.rows), reverse=True)
    assert len(figures.lorenz) == n + 1
    assert all(y <= i / n + 1e-12 for i, y in enumerate(figures.lorenz))


@given(portfolios, st.integers(1, 10**6))
def test_the_indices_do_not_depend_on_the_currency(amounts: dict[int, Decimal], factor: int) -> None:
    here, there = concentration(amounts), concentration({k: v * factor for k, v in amounts.items()})
    assert (here.hhi, here.gini, here.top3) == (there.hhi, there.gini, there.top3)


@pytest.mark.parametrize(
    ("share", "band"),
    [(0.0999, "low"), (0.1, "moderate"), (0.2, "high"), (0.3, "very_high"), (1.0, "very_high")],
)
def test_a_limit_of_the_largest_share_belongs_to_the_band_above(share: float, band: str) -> None:
    assert top1_band(share) == band


@pytest.mark.parametrize(
    ("points", "band"), [(999.9, "low"), (1000.0, "moderate"), (1800.0, "moderate"), (1800.1, "high")]
)
def test_bands_of_the_index_follow_the_guidelines(points: float, band: str) -> None:
    assert hhi_band(points) == band


def test_a_breach_is_told_with_the_next_limit_that_is_near() -> None:
    figures = concentration({"big": Decimal(28)} | {i: Decimal(6) for i in range(12)})
    assert findings(figures) == (
        Finding("top1", 0.28, 0.3, "near"),
        Finding("top1", 0.28, 0.2, "breach"),
        Finding("hhi_points", 1216.0, 1000, "breach"),
    )


def test_below_ten_clients_the_effective_number_leads() -> None:
    figures = concentration({i: Decimal(1) for i in range(9)})
    assert figures.effective_number_leads
    assert {finding.measure for finding in findings(figures)} == {"top1"}
    assert not concentration({i: Decimal(1) for i in range(10)}).effective_number_leads


def test_the_plan_of_diversification_says_how_much_more_others_must_buy() -> None:
    assert revenue_to_reach(Decimal(400), Decimal(1000), Decimal("0.30")) == Decimal("333.33")
    assert revenue_to_reach(Decimal(100), Decimal(1000), Decimal("0.30")) == 0
    with pytest.raises(ValueError, match="share"):
        revenue_to_reach(Decimal(1), Decimal(1), Decimal(0))
