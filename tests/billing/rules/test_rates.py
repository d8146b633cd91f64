"""billing.rules.rates: the order of precedence, its days and its currency."""

from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.rates import (
    HourlyPrice,
    Rate,
    RateProblem,
    RateQuestion,
    RateScope,
    choose_price,
    ordinary_price,
    price_problem,
)

CLIENT, EMPLOYEE, AUDIT = 1, 2, 3
ON = date(2026, 3, 10)
QUESTION = RateQuestion(client_id=CLIENT, employee_id=EMPLOYEE, service_line_id=AUDIT, worked_on=ON)
AGREED = HourlyPrice(Decimal("150.00"), "EUR", price_includes_tax=True)


def make_rate(number: int, **kw: Any) -> Rate:
    given_fields: dict[str, Any] = {
        "currency": "EUR",
        "price_includes_tax": False,
        "valid_from": date(2020, 1, 1),
    } | kw
    return Rate(id=number, amount=Decimal(100 + number), **given_fields)


SCOPED = {
    RateScope.CLIENT_SERVICE_LINE: make_rate(2, client_id=CLIENT, service_line_id=AUDIT),
    RateScope.CLIENT: make_rate(3, client_id=CLIENT),
    RateScope.EMPLOYEE_SERVICE_LINE: make_rate(4, employee_id=EMPLOYEE, service_line_id=AUDIT),
    RateScope.EMPLOYEE: make_rate(5, employee_id=EMPLOYEE),
    RateScope.SERVICE_LINE: make_rate(6, service_line_id=AUDIT),
    RateScope.SELLER: make_rate(7),
}


def test_every_rate_knows_its_scope() -> None:
    assert {rate.scope for rate in SCOPED.values()} == set(SCOPED)
    assert all(rate.scope is scope for scope, rate in SCOPED.items())


@pytest.mark.parametrize(("first", "second"), list(combinations(SCOPED, 2)))
def test_the_more_specific_of_two_rates_wins_in_any_order(first: RateScope, second: RateScope) -> None:
    for rates in ([SCOPED[first], SCOPED[second]], [SCOPED[second], SCOPED[first]]):
        chosen = choose_price(rates, QUESTION)
        assert chosen is not None
        assert chosen.scope is min(first, second)
        assert chosen.rate_id == SCOPED[min(first, second)].id


def test_the_contract_beats_every_rate() -> None:
    assert choose_price(SCOPED.values(), QUESTION, agreed=AGREED) == AGREED


def test_rates_of_others_do_not_count() -> None:
    others = [make_rate(8, client_id=99), make_rate(9, employee_id=99), make_rate(10, service_line_id=99)]
    assert choose_price(others, QUESTION) is None


def test_a_rate_for_a_service_line_does_not_hold_for_work_without_one() -> None:
    plain = RateQuestion(client_id=CLIENT, employee_id=EMPLOYEE, worked_on=ON)
    assert choose_price([SCOPED[RateScope.SERVICE_LINE]], plain) is None


@pytest.mark.parametrize(
    ("on", "amount"),
    [(date(2025, 12, 31), 101), (date(2026, 1, 1), 102), (date(2026, 6, 30), 102), (date(2026, 7, 1), None)],
)
def test_the_worked_date_decides_and_both_bounds_are_inclusive(on: date, amount: int | None) -> None:
    rates = [
        make_rate(1, valid_to=date(2025, 12, 31)),
        make_rate(2, valid_from=date(2026, 1, 1), valid_to=date(2026, 6, 30)),
    ]
    chosen = choose_price(rates, RateQuestion(client_id=CLIENT, employee_id=EMPLOYEE, worked_on=on))
    assert (chosen.amount if chosen else None) == amount


def test_client_and_employee_together_are_refused() -> None:
    with pytest.raises(ValueError, match="not for both"):
        make_rate(1, client_id=CLIENT, employee_id=EMPLOYEE)


def test_the_ordinary_price_looks_past_the_clients_own() -> None:
    ordinary = ordinary_price(SCOPED.values(), QUESTION)
    assert ordinary is not None
    assert ordinary.scope is RateScope.EMPLOYEE_SERVICE_LINE


def test_a_missing_price_and_a_foreign_currency_stop_approval() -> None:
    assert price_problem(None, invoice_currency="EUR") is RateProblem.MISSING
    assert price_problem(AGREED, invoice_currency="RUB") is RateProblem.CURRENCY
    assert price_problem(AGREED, invoice_currency="EUR") is None


@pytest.mark.parametrize(("minutes", "amount"), [(30, "75.00"), (60, "150.00"), (120, "300.00"), (20, "50.00")])
def test_half_an_hour_at_150_is_75(minutes: int, amount: str) -> None:
    assert AGREED.for_minutes(minutes) == Decimal(amount)


@given(st.decimals("0.01", "1000", places=2), st.integers(0, 1440))
def test_an_amount_is_within_half_a_cent_of_the_exact_one(amount: Decimal, minutes: int) -> None:
    price = HourlyPrice(amount, "EUR", price_includes_tax=False)
    assert abs(price.for_minutes(minutes) * 60 - amount * minutes) <= Decimal("0.30")
