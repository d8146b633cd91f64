"""loyalty.rules.value: the simple value, the past, and a fee against one price."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.money import quantise
from loyalty.rules.value import (
    Band,
    Flow,
    ShownValue,
    choose_value,
    discounted_margin,
    historical_value,
    own_factors,
    segment_average,
    simple_value,
    value_band,
)
from tests.loyalty.golden import assert_close, golden, golden_cases

YEAR_15 = Decimal("0.15")


@pytest.mark.parametrize("case", [*golden_cases("clv.simple.seed"), *golden_cases("clv.simple.zero")])
def test_the_simple_value_matches_the_golden_case(case: dict[str, Any]) -> None:
    inputs = {name: Decimal(value) for name, value in case["inputs"].items()}
    assert simple_value(**inputs) == case["expected"]


def test_five_years_of_twenty_purchases_of_five_hundred_are_fifty_thousand() -> None:
    assert str(simple_value(Decimal(5), Decimal(20), Decimal(500))) == "50000.00"


def test_the_discounted_margin_matches_the_golden_case() -> None:
    case = golden("clv.simple.margin_discount")
    found = discounted_margin(5, Decimal(20), Decimal(500), margin=Decimal("0.4"), annual_rate=YEAR_15)
    assert found == quantise(Decimal(str(case["expected"])))
    with pytest.raises(ValueError, match="not negative"):
        discounted_margin(-1, Decimal(20), Decimal(500), margin=Decimal("0.4"), annual_rate=YEAR_15)


@pytest.mark.parametrize("missing", range(3))
def test_a_missing_factor_gives_no_figure_even_beside_a_zero(missing: int) -> None:
    factors: list[Decimal | None] = [Decimal(0), Decimal(0), Decimal(0)]
    factors[missing] = None
    assert simple_value(*factors) is None


@pytest.mark.parametrize("zero", range(3))
def test_a_zero_factor_gives_zero(zero: int) -> None:
    factors = [Decimal(5), Decimal(20), Decimal(500)]
    factors[zero] = Decimal(0)
    assert str(simple_value(*factors)) == "0.00"


def test_a_negative_factor_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        simple_value(Decimal(5), Decimal(-1), Decimal(500))


def test_own_factors_come_from_a_window() -> None:
    assert own_factors(Decimal("10000.00"), 20) == (Decimal(20), Decimal(500))
    assert own_factors(Decimal("10000.00"), 20, months=24) == (Decimal(10), Decimal(500))
    assert own_factors(Decimal(0), 0) == (Decimal(0), None)
    with pytest.raises(ValueError, match="window"):
        own_factors(Decimal(1), 1, months=0)


def test_the_average_check_is_rounded_only_with_the_value() -> None:
    factors = own_factors(Decimal("100.00"), 3)
    assert simple_value(Decimal(5), *factors) == Decimal("500.00")


def test_a_segment_averages_its_known_values() -> None:
    assert segment_average([Decimal("10.00"), None, Decimal("20.01")]) == Decimal("15.01")
    assert segment_average([None]) is None


@pytest.mark.parametrize(
    ("purchases", "months", "segment", "expected"),
    [
        (3, 12, Decimal(7), ShownValue(Decimal(100), "own")),
        (2, 12, Decimal(7), ShownValue(Decimal(7), "segment")),
        (3, 11, Decimal(7), ShownValue(Decimal(7), "segment")),
        (0, None, Decimal(7), ShownValue(Decimal(7), "segment")),
        (2, 12, None, ShownValue(Decimal(9), "firm")),
    ],
)
def test_an_unsettled_client_borrows_the_value_of_its_segment_or_of_the_firm(
    purchases: int, months: int | None, segment: Decimal | None, expected: ShownValue
) -> None:
    shown = choose_value(Decimal(100), purchases=purchases, months_as_client=months, segment=segment, firm=Decimal(9))
    assert shown == expected
    assert shown.typical_new_client is (shown.source != "own")


def test_where_nothing_is_known_no_value_and_no_source_is_shown() -> None:
    shown = choose_value(None, purchases=9, months_as_client=99, segment=None, firm=None)
    assert shown == ShownValue(None, None)
    assert not shown.typical_new_client


def test_the_historical_value_matches_the_golden_case() -> None:
    case = golden("clv.historical")
    flows = [
        Flow(date.fromisoformat(on), Decimal(revenue), Decimal(cost)) for on, revenue, cost in case["inputs"]["flows"]
    ]
    as_of = date.fromisoformat(case["inputs"]["as_of"])
    value = historical_value(flows, as_of=as_of, annual_rate=YEAR_15)
    assert value.plain == case["expected"]["undiscounted"]
    assert_close(value.discounted, case["expected"]["compounded_to_as_of"], case)


def test_history_ends_with_its_day() -> None:
    flow = Flow(date(2026, 11, 23), Decimal(1), Decimal(0))
    with pytest.raises(ValueError, match="not history"):
        historical_value([flow], as_of=date(2026, 11, 22), annual_rate=YEAR_15)
    with pytest.raises(ValueError, match="-100 %"):
        historical_value([], as_of=date(2026, 11, 22), annual_rate=Decimal(-1))
    assert historical_value([], as_of=date(2026, 11, 22), annual_rate=YEAR_15).plain == 0


def test_consultants_see_a_band() -> None:
    assert value_band(Decimal("9999.99")) == Band(None, Decimal(10_000))
    assert value_band(Decimal(10_000)) == Band(Decimal(10_000), Decimal(50_000))
    assert value_band(Decimal(128_000_000)) == Band(Decimal(1_000_000), None)
    assert value_band(None) is None
    with pytest.raises(ValueError, match="rise"):
        value_band(Decimal(1), [Decimal(2), Decimal(2)])


@given(
    st.lists(
        st.tuples(st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.integers(0, 10**6), st.integers(0, 10**6)),
        max_size=20,
    )
)
def test_at_no_interest_history_is_the_plain_sum(rows: list[tuple[date, int, int]]) -> None:
    flows = [Flow(on, Decimal(revenue), Decimal(cost)) for on, revenue, cost in rows]
    value = historical_value(flows, as_of=date(2026, 1, 1), annual_rate=Decimal(0))
    assert value.plain == value.discounted == sum(revenue - cost for _, revenue, cost in rows)
