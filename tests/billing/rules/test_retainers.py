"""billing.rules.retainers: periods, part periods, and a schedule that makes each draft once."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.retainers import (
    BillIn,
    DatedFee,
    Period,
    Term,
    checkpoint_days,
    end_by_notice,
    fee_of_period,
    list_periods,
    notice_deadline,
    period_of,
    reminders_due,
    settle_early_end,
    should_offer_retainer,
    term_allowance,
)

FEE = Decimal("80000.00")


def fee(period: Period, *later: DatedFee) -> Decimal:
    return fee_of_period(period, [DatedFee(YEAR.starts_on, FEE), *later], months=1, currency="RUB")


def settled(*, delivered: str | None, fees: str, billed: str = "0") -> Decimal:
    return settle_early_end(
        fees_due=Decimal(fees),
        fees_billed=Decimal(billed),
        delivered_minutes=60,
        delivered_value=Decimal(delivered) if delivered else None,
        unused_minutes=0,
    ).amount


YEAR = Term(date(2026, 1, 1), 12)
FROM_MID_MONTH = Term(date(2026, 3, 15), 12)


class TestPeriods:
    def test_a_year_from_the_first_has_twelve_whole_months(self) -> None:
        periods = list_periods(YEAR)
        assert [period.number for period in periods] == list(range(12))
        assert all(period.share == 1 for period in periods)
        assert sum(fee(period) for period in periods) == Decimal("960000.00")

    def test_from_mid_month_the_first_and_the_last_are_parts_by_calendar_days(self) -> None:
        periods = list_periods(FROM_MID_MONTH)
        assert len(periods) == 13
        assert (periods[0].days.start, periods[0].days.last) == (date(2026, 3, 15), date(2026, 3, 31))
        assert (periods[-1].days.start, periods[-1].days.last) == (date(2027, 3, 1), date(2027, 3, 14))
        assert fee(periods[0]) == Decimal("43870.97")
        assert fee(periods[-1]) == Decimal("36129.03")

    def test_a_quarterly_fee_runs_from_the_month_it_starts_in(self) -> None:
        periods = list_periods(Term(date(2026, 2, 1), 12), months=3)
        assert [period.days.start for period in periods] == [
            date(2026, 2, 1),
            date(2026, 5, 1),
            date(2026, 8, 1),
            date(2026, 11, 1),
        ]

    def test_an_early_end_makes_the_last_period_a_part(self) -> None:
        periods = list_periods(Term(date(2026, 1, 1), 12, ended_on=date(2026, 4, 15)))
        assert len(periods) == 4
        assert fee(periods[-1]) == Decimal("40000.00")

    def test_an_allowance_is_cut_only_where_the_contract_says_so(self) -> None:
        part = list_periods(FROM_MID_MONTH)[0]
        assert part.allowance(2400) == 2400
        assert part.allowance(2400, prorated=True) == 1316

    def test_a_term_allowance_is_one_period(self) -> None:
        assert term_allowance(YEAR).share == 1
        assert term_allowance(Term(date(2026, 1, 1), 12, ended_on=date(2026, 4, 15))).share == pytest.approx(105 / 365)

    def test_the_day_finds_its_period(self) -> None:
        found = period_of(FROM_MID_MONTH, date(2026, 4, 30))
        assert found is not None
        assert found.number == 1
        assert period_of(FROM_MID_MONTH, date(2026, 3, 14)) is None
        assert period_of(FROM_MID_MONTH, date(2027, 3, 15)) is None


class TestSchedule:
    def test_in_advance_a_fee_falls_due_on_the_first_day_and_in_arrears_on_the_day_after_the_last(self) -> None:
        january = list_periods(YEAR)[0]
        assert january.draft_on(BillIn.ADVANCE) == date(2026, 1, 1)
        assert january.draft_on(BillIn.ARREARS) == date(2026, 2, 1)


class TestEnd:
    def test_each_reminder_is_sent_once_and_none_after_the_end(self) -> None:
        last = date(2026, 12, 31)
        assert reminders_due(last, on=date(2026, 10, 1)) == []
        assert reminders_due(last, on=date(2026, 10, 2)) == [90]
        assert reminders_due(last, on=date(2026, 11, 2), sent={90}) == [60]
        assert reminders_due(last, on=last, sent={90, 60}) == [30]
        assert reminders_due(last, on=date(2027, 1, 1)) == []

    def test_notice_counts_from_the_end_and_fees_run_to_the_notice_date(self) -> None:
        assert notice_deadline(date(2026, 12, 31), notice_days=30) == date(2026, 12, 1)
        assert end_by_notice(date(2026, 4, 15), notice_days=30, last_on=date(2026, 12, 31)) == date(2026, 5, 15)
        assert end_by_notice(date(2026, 12, 20), notice_days=30, last_on=date(2026, 12, 31)) == date(2026, 12, 31)

    def test_settlement_is_delivered_work_less_fees_and_never_negative(self) -> None:
        assert settled(delivered="500", fees="320") == 180
        assert settled(delivered="300", fees="320") == 0
        assert settled(delivered=None, fees="320") == 0

    def test_fees_invoiced_beyond_the_last_day_are_given_back(self) -> None:
        assert settled(delivered=None, fees="320", billed="400") == -80
        assert settled(delivered="360", fees="320", billed="400") == -40
        assert settled(delivered="500", fees="320", billed="400") == 100


def test_the_conversion_list_takes_three_one_offs_or_more_by_time_than_a_retainer_costs() -> None:
    fee = Decimal(800)
    assert should_offer_retainer(one_off_engagements=3, average_by_time=Decimal(0), smallest_fee=None)
    assert should_offer_retainer(one_off_engagements=2, average_by_time=Decimal("800.01"), smallest_fee=fee)
    assert not should_offer_retainer(one_off_engagements=2, average_by_time=fee, smallest_fee=fee)


starts = st.dates(date(2020, 1, 1), date(2030, 12, 31))
lengths = st.integers(1, 36)


@given(starts, lengths, st.sampled_from([1, 3]))
def test_periods_cover_the_term_without_gap_or_overlap(starts_on: date, months: int, every: int) -> None:
    term = Term(starts_on, months)
    periods = list_periods(term, months=every)
    assert periods[0].days.start == starts_on
    assert periods[-1].days.end == term.days.end
    assert all(one.days.end == next_one.days.start for one, next_one in pairwise(periods))
    assert all(0 < period.share <= 1 for period in periods)
    assert all(period.share == 1 for period in periods[1:-1])


class TestChangedFee:
    def test_a_fee_that_changes_within_a_period_is_charged_by_its_days(self) -> None:
        june = list_periods(YEAR)[5]
        assert fee(june, DatedFee(date(2026, 6, 16), Decimal(110_000))) == Decimal("95000.00")
        assert fee(june, DatedFee(date(2026, 6, 1), Decimal(110_000))) == Decimal("110000.00")
        assert fee(june, DatedFee(date(2026, 7, 1), Decimal(110_000))) == FEE

    def test_the_last_of_several_changes_holds(self) -> None:
        later = [DatedFee(date(2026, 3, 1), Decimal(90_000)), DatedFee(date(2026, 5, 1), Decimal(100_000))]
        assert [fee(period, *later) for period in list_periods(YEAR)[1:6]] == [
            FEE,
            Decimal(90_000),
            Decimal(90_000),
            Decimal(100_000),
            Decimal(100_000),
        ]


@given(st.dates(date(2026, 1, 2), date(2026, 12, 31)), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_year_with_a_changed_fee_lies_between_the_two(on: date, old: int, new: int) -> None:
    fees = [DatedFee(YEAR.starts_on, Decimal(old)), DatedFee(on, Decimal(new))]
    total = sum(fee_of_period(period, fees, months=1, currency="EUR") for period in list_periods(YEAR))
    assert 12 * min(old, new) - Decimal("0.01") <= total <= 12 * max(old, new) + Decimal("0.01")


def test_checkpoints_stand_at_the_end_of_every_quarter_of_the_term() -> None:
    days = [date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)]
    assert checkpoint_days(YEAR, months=3) == days
    assert checkpoint_days(Term(date(2026, 1, 1), 12, date(2026, 8, 1)), months=3) == days[:2]
