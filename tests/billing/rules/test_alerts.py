"""billing.rules.alerts: each threshold once, and a forecast that knows its limits."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.alerts import alerts_due, forecast_run_out, still_raised, used_percent

ON = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("balance", "due"),
    [(1501, []), (1500, [50]), (600, [50, 80]), (150, [50, 80, 95]), (0, [50, 80, 95, 100]), (-60, [50, 80, 95, 100])],
)
def test_alerts_at_fifty_eighty_ninety_five_and_a_hundred_percent(balance: int, due: list[int]) -> None:
    assert alerts_due(credited=3000, balance=balance) == due


def test_each_comes_once() -> None:
    assert alerts_due(credited=3000, balance=500, raised={50}) == [80]
    assert alerts_due(credited=3000, balance=500, raised={50, 80}) == []


def test_a_top_up_arms_those_above_the_new_use_again() -> None:
    assert still_raised({50, 80, 95, 100}, credited=6000, balance=3000) == [50]
    assert alerts_due(credited=6000, balance=1200, raised={50}) == [80]


def test_an_account_without_credit_has_nothing_to_tell() -> None:
    assert used_percent(credited=0, balance=0) == 0
    assert alerts_due(credited=0, balance=0) == []


def test_even_use_runs_out_on_its_day_without_a_band() -> None:
    forecast = forecast_run_out(600, weekly=[60] * 8, on=ON)
    assert forecast is not None
    assert forecast.expected_on == forecast.earliest_on == forecast.latest_on == ON + timedelta(weeks=10)


def test_uneven_use_has_a_band_around_the_expected_day() -> None:
    forecast = forecast_run_out(600, weekly=[30, 90, 45, 75, 60, 60, 20, 100], on=ON)
    assert forecast is not None
    assert forecast.expected_on == ON + timedelta(weeks=10)
    assert forecast.latest_on is not None
    # s = 27.77 a week: 1.2816 * 27.77/60 * sqrt(10 + 100/8) = 2.81 weeks to either side
    assert (forecast.expected_on - forecast.earliest_on).days == 20
    assert (forecast.latest_on - forecast.expected_on).days == 20


def test_only_the_last_eight_weeks_count() -> None:
    recent = forecast_run_out(600, weekly=[6000] * 10 + [60] * 8, on=ON)
    assert recent is not None
    assert recent.weekly_minutes == 60


@pytest.mark.parametrize(
    ("balance", "weekly"),
    [(0, [60] * 8), (600, [0] * 8), (600, [60, 60]), (600, []), (10_000, [1] * 8)],
)
def test_too_little_to_go_by_gives_no_date(balance: int, weekly: list[int]) -> None:
    assert forecast_run_out(balance, weekly=weekly, on=ON) is None


def test_three_weeks_are_enough_and_ten_years_are_the_end_of_sight() -> None:
    assert forecast_run_out(600, weekly=[60] * 3, on=ON) is not None
    assert forecast_run_out(520, weekly=[1] * 8, on=ON) is not None
    assert forecast_run_out(521, weekly=[1] * 8, on=ON) is None


def test_a_band_may_end_out_of_sight() -> None:
    forecast = forecast_run_out(500, weekly=[0, 2, 0, 2, 0, 2, 0, 2], on=ON)
    assert forecast is not None
    assert forecast.earliest_on < forecast.expected_on
    assert forecast.latest_on is None


@given(st.integers(1, 6000), st.lists(st.integers(0, 600), min_size=3, max_size=8))
def test_the_band_holds_the_expected_day_and_never_the_past(balance: int, weekly: list[int]) -> None:
    forecast = forecast_run_out(balance, weekly=weekly, on=ON)
    if forecast:
        assert ON <= forecast.earliest_on <= forecast.expected_on
        assert forecast.latest_on is None or forecast.latest_on >= forecast.expected_on


@given(st.integers(1, 3000), st.lists(st.integers(1, 600), min_size=3, max_size=8))
def test_more_balance_lasts_longer(balance: int, weekly: list[int]) -> None:
    less = forecast_run_out(balance, weekly=weekly, on=ON)
    more = forecast_run_out(balance + 60, weekly=weekly, on=ON)
    assert less is None or more is None or less.expected_on <= more.expected_on
