"""billing.rules.comparison: the yearly audit against its retainer."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.comparison import (
    RetainerTerms,
    annuity_factor,
    break_even_renewal,
    compare,
    included_in_term,
    repeated_rounds,
)
from billing.rules.retainers import DatedFee

AUDIT = RetainerTerms(Decimal("80000.00"), "RUB", date(2026, 1, 1), 12, included_minutes=12 * 600)
ONE_OFF = Decimal("1000000.00")


def test_the_retainer_saves_forty_thousand_which_is_four_percent() -> None:
    comparison = compare(AUDIT, one_off_price=ONE_OFF)
    assert comparison.retainer_total == Decimal("960000.00")
    assert comparison.saving == Decimal("40000.00")
    assert str(comparison.saving_percent) == "4.0"


def test_cash_flows_monthly_against_all_at_once() -> None:
    cash = compare(AUDIT, one_off_price=ONE_OFF).cash
    assert [month.month for month in cash[:2]] == [date(2026, 1, 1), date(2026, 2, 1)]
    assert [month.one_off for month in cash[:2]] == [ONE_OFF, 0]
    assert cash[0].difference_so_far == Decimal("-920000.00")
    assert cash[-1].difference_so_far == Decimal("-40000.00")


def test_an_hour_costs_either_way_what_it_costs() -> None:
    comparison = compare(AUDIT, one_off_price=ONE_OFF, one_off_minutes=100 * 60)
    assert comparison.retainer_hourly == Decimal("8000.00")
    assert comparison.one_off_hourly == Decimal("10000.00")
    assert compare(AUDIT, one_off_price=ONE_OFF).one_off_hourly is None


def test_a_quarterly_fee_is_paid_in_the_first_month_of_each_quarter() -> None:
    quarterly = RetainerTerms(Decimal(100), "EUR", date(2026, 1, 1), 7, fee_months=3)
    paid = [month.retainer for month in compare(quarterly, one_off_price=Decimal(800)).cash]
    assert paid == [300, 0, 0, 300, 0, 0, 100]


def test_a_dearer_retainer_shows_a_negative_saving_and_no_price_no_percentage() -> None:
    assert compare(AUDIT, one_off_price=Decimal(900_000)).saving == Decimal(-60_000)
    assert compare(AUDIT, one_off_price=Decimal(0)).saving_percent is None


def test_included_minutes_of_the_term() -> None:
    assert included_in_term(600, period_months=1, term_months=12) == 7200
    assert included_in_term(600, period_months=3, term_months=7) == 1800
    assert included_in_term(600, period_months=None, term_months=12) == 600


@given(st.integers(1, 10**9), st.integers(1, 60), st.sampled_from([1, 3]), st.integers(0, 10**9))
def test_cash_adds_up_to_the_totals(fee: int, months: int, every: int, price: int) -> None:
    terms = RetainerTerms(Decimal(fee).scaleb(-2), "RUB", date(2026, 1, 31), months, fee_months=every)
    comparison = compare(terms, one_off_price=Decimal(price).scaleb(-2))
    assert comparison.retainer_total == terms.monthly_fee * months
    assert comparison.cash[-1].difference_so_far == -comparison.saving
    assert len(comparison.cash) == months


YEAR_15 = Decimal("0.15")


def test_the_fees_of_the_year_are_worth_less_today_than_their_sum() -> None:
    comparison = compare(AUDIT, one_off_price=ONE_OFF)
    assert str(comparison.present_value) == "890726.13"
    assert str(comparison.indifference_fee) == "89814.36"
    assert comparison.annual_rate == YEAR_15


def test_without_interest_the_fees_are_worth_their_sum() -> None:
    comparison = compare(AUDIT, one_off_price=ONE_OFF, annual_rate=Decimal(0))
    assert comparison.present_value == Decimal("960000.00")
    assert comparison.indifference_fee == Decimal("83333.33")


def test_the_retainer_wins_through_retention_only() -> None:
    present = 80_000 * annuity_factor(12, YEAR_15)
    repeated = ONE_OFF * repeated_rounds(Decimal("0.50"), annual_rate=YEAR_15, years=3)
    assert round(repeated, 2) == Decimal("1623818.53")
    kept = present * repeated_rounds(Decimal("0.82"), annual_rate=YEAR_15, years=3)
    assert round(kept, 2) == Decimal("1978725.37")
    rate = break_even_renewal(present, ONE_OFF, annual_rate=YEAR_15)
    assert rate is not None
    assert Decimal("0.50") < rate < Decimal("0.82")
    below = present * repeated_rounds(rate - Decimal("0.0001"), annual_rate=YEAR_15, years=3)
    assert below < repeated <= present * repeated_rounds(rate, annual_rate=YEAR_15, years=3)


def test_the_break_even_says_always_and_never() -> None:
    assert break_even_renewal(Decimal(1000), Decimal(10), annual_rate=YEAR_15) == 0
    assert break_even_renewal(Decimal(10), Decimal(1000), annual_rate=YEAR_15) is None


def test_a_changed_fee_shows_in_the_cash_from_its_month_on() -> None:
    terms = RetainerTerms(
        Decimal(100), "EUR", date(2026, 1, 1), 4, later_fees=(DatedFee(date(2026, 3, 1), Decimal(150)),)
    )
    assert [month.retainer for month in compare(terms, one_off_price=Decimal(800)).cash] == [100, 100, 150, 150]
