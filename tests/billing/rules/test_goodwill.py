"""billing.rules.goodwill and utilization: budgets, fairness, contagion, available time."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from billing.rules.goodwill import Budget, is_contagious, judge_fairness, next_year_exposure
from billing.rules.receipts import type_of
from billing.rules.utilization import Utilization, available_minutes


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 5000))
def test_a_budget_holds_what_used_and_pending_leave(total: int, used: int, pending: int, asked: int) -> None:
    assert Budget(total, used, pending).holds(asked) == (used + pending + asked <= total)


def test_exposure_is_the_minutes_of_all_with_the_same_case() -> None:
    assert next_year_exposure(90, clients=12) == 1080


def test_fairness_compares_with_the_median_of_the_tier() -> None:
    shares = {1: Decimal("0.06"), 2: Decimal("0.02"), 3: Decimal("0.03")}
    fairness = judge_fairness(1, shares)
    assert (fairness.median, fairness.ratio) == (Decimal("0.030000"), Decimal("2.00"))


def test_two_clients_are_too_few_for_a_median() -> None:
    assert judge_fairness(1, {1: Decimal("0.06"), 2: Decimal("0.02")}).ratio is None


def test_free_work_is_contagious_when_its_share_rises_twice() -> None:
    rising = [Decimal("0.01"), Decimal("0.02"), Decimal("0.03")]
    assert is_contagious(rising)
    assert not is_contagious([*rising, Decimal("0.03")])
    assert not is_contagious(rising[1:])
    assert not is_contagious([None, *rising[1:]])


def test_available_time_leaves_out_weekends_holidays_and_absences() -> None:
    first, last = date(2026, 6, 1), date(2026, 6, 14)  # two weeks from a Monday
    assert available_minutes(2400, first, last, holidays=(), away=()) == 4800
    holiday, week_off = {date(2026, 6, 4)}, [(date(2026, 6, 8), date(2026, 6, 14))]
    assert available_minutes(2400, first, last, holidays=holiday, away=week_off) == 4 * 480


def test_utilization_of_nobody_s_time_is_unknown() -> None:
    assert Utilization(0, 60, 60).share is None
    assert Utilization(2400, 2000, 1800).share == Decimal("0.750000")


def test_a_receipt_is_told_by_its_content() -> None:
    assert type_of(b"%PDF-1.7 ...") == "application/pdf"
    assert type_of(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert type_of(b"RIFF0000WEBPVP8 ") == "image/webp"
    assert type_of(b"MZ\x90 program") is None
