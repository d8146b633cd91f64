"""loyalty.rules.stress: named losses and late payers."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.money import round_half_up
from loyalty.reports.stress import runway_of
from loyalty.rules.stress import Exposure, FirmFigures, runway, stress
from tests.loyalty.golden import assert_close, golden, golden_cases

NAMES = "ABCDEFGHIJ"


def portfolio(inputs: dict[str, Any]) -> list[Exposure[str]]:
    pairs = zip(NAMES, inputs["revenue"], inputs["margin"], strict=True)
    return [Exposure(name, Decimal(revenue), Decimal(margin)) for name, revenue, margin in pairs]


FIRM = portfolio(golden("stress.top1_avoid1.0")["inputs"])


def overhead(share: str, *, cash: Decimal | None = None) -> FirmFigures:
    return FirmFigures(cash=cash, fixed_cost_monthly=Decimal(250) / 12, avoidable_share=Decimal(share))


@pytest.mark.parametrize("case", golden_cases("stress.top"))
def test_losing_the_largest_clients_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    gone = set(NAMES[: inputs["lost_top"]])
    outcome = stress(portfolio(inputs), lost=gone, firm=overhead(str(inputs["avoidable_share"])))
    assert outcome.revenue_before - outcome.revenue_after == expected["lost_revenue"]
    assert outcome.stranded_cost == Decimal(expected["stranded_cost"])
    assert outcome.margin_before - outcome.margin_after - outcome.stranded_cost == expected["lost_margin"]
    assert outcome.profit_before == Decimal(expected["profit_before"])
    assert outcome.profit_after == Decimal(expected["profit_after"])
    assert outcome.lost_share == Decimal(expected["lost_revenue"]) / 1000


def test_what_late_payers_withhold_builds_up_over_the_delay() -> None:
    """The curve of cash ends where the months of cash say: paying a year late takes a twelfth of it each month."""
    firm = [Exposure("late", Decimal(120_000), Decimal(120_000)), Exposure("rest", Decimal(210_000), Decimal(210_000))]
    known = FirmFigures(Decimal(100_000), Decimal(30_000), avoidable_share=Decimal(1))
    outcome = stress(firm, late={"late"}, days=365, firm=known)
    assert outcome.cash_months == Decimal("8.0")
    runway = runway_of(outcome, known.cash)
    assert runway is not None
    curve = dict(zip(runway.months, runway.after, strict=True))
    assert [round(curve[month]) for month in (0, 3, 6, 12, 18)] == [100_000, 62_500, 25_000, -50_000, -65_000]
    prompt = runway_of(stress(firm, late={"late"}, days=0, firm=known), known.cash)
    assert prompt is not None
    assert prompt.after == prompt.as_is


@pytest.mark.parametrize("case", golden_cases("stress.runway"))
def test_months_of_cash_match_the_golden_case(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    firm = overhead(str(inputs["avoidable_share"]), cash=Decimal(inputs["cash"]))
    outcome = stress(FIRM, lost={"A"}, firm=firm)
    assert outcome.profit_after is not None
    exact = runway(Decimal(inputs["cash"]), monthly_result=outcome.profit_after / 12, delay_months=Decimal(0))
    assert_close(exact, case["expected"], case)
    assert outcome.cash_months == round_half_up(Decimal(str(case["expected"])), 1)


def test_without_losses_nothing_changes() -> None:
    outcome = stress(FIRM, firm=overhead("0.36", cash=Decimal(1)))
    assert outcome.lost_share == 0
    assert outcome.revenue_after == outcome.revenue_before == 1000
    assert outcome.margin_after == outcome.margin_before == 330
    assert (outcome.cash_months, outcome.cash_note) == (None, "cash_does_not_run_out")


@pytest.mark.parametrize(
    ("firm", "note"),
    [
        (FirmFigures(), "cash_missing"),
        (FirmFigures(cash=Decimal(300)), "fixed_cost_missing"),
        (FirmFigures(fixed_cost_monthly=Decimal(1)), "cash_missing"),
    ],
)
def test_missing_firm_figures_leave_the_cash_months_open_with_a_reason(firm: FirmFigures, note: str) -> None:
    outcome = stress(FIRM, lost={"A"}, firm=firm)
    assert (outcome.cash_months, outcome.cash_note) == (None, note)


def test_the_default_share_of_direct_cost_is_avoidable() -> None:
    outcome = stress(FIRM, lost={"A"})
    assert outcome.stranded_cost == Decimal("192.00")
    assert outcome.profit_after is None


def test_late_payers_take_cash_but_neither_revenue_nor_margin() -> None:
    firm = FirmFigures(cash=Decimal(30), fixed_cost_monthly=Decimal(0), avoidable_share=Decimal(1))
    late = stress(FIRM, late={"A"}, days=73, firm=firm)
    assert late.withheld == Decimal("80.00")
    assert (late.revenue_after, late.margin_after) == (Decimal(1000), Decimal(330))
    # Cash moves by 27.5 - 33.33 a month for 2.4 months, to 16: it bends in time.
    assert late.cash_note == "cash_does_not_run_out"
    poor = FirmFigures(cash=Decimal(10), fixed_cost_monthly=Decimal(0), avoidable_share=Decimal(1))
    assert stress(FIRM, late={"A"}, days=73, firm=poor).cash_months == Decimal("1.7")


def test_who_is_lost_cannot_be_late_as_well() -> None:
    both = stress(FIRM, lost={"A"}, late={"A"}, days=90)
    assert both.withheld == 0
    assert both == stress(FIRM, lost={"A"})


def test_an_unknown_client_is_refused() -> None:
    with pytest.raises(ValueError, match="no exposure for"):
        stress(FIRM, lost={"Z"})


def test_a_firm_without_revenue_has_no_lost_share() -> None:
    outcome = stress([Exposure("A", Decimal(0), Decimal(0))], lost={"A"})
    assert outcome.lost_share is None
    assert stress([]).lost_share is None


def test_no_cash_lasts_no_month() -> None:
    assert runway(Decimal(0), monthly_result=Decimal(5), delay_months=Decimal(0)) == 0


@given(
    st.decimals("0.01", "1000", places=2),
    st.decimals("-100", "100", places=2),
    st.decimals("0", "100", places=2),
    st.decimals("0", "24", places=1),
)
def test_the_cash_is_gone_exactly_at_the_end_of_the_runway(
    cash: Decimal, result: Decimal, withheld: Decimal, delay: Decimal
) -> None:
    left = runway(cash, monthly_result=result, withheld_monthly=withheld, delay_months=delay)
    if left is None:
        assert result >= 0
        assert cash + (result - withheld) * delay > 0
    else:
        assert left > 0
        assert abs(cash + result * left - withheld * min(left, delay)) < Decimal("1e-12")
