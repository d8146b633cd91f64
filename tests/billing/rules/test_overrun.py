"""billing.rules.overrun: the limit, the split in worked order, and notices that do not reach back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.overrun import (
    Decision,
    EntrySplit,
    Notice,
    OverrunStep,
    Tolerance,
    WorkedEntry,
    due_steps,
    forecast_minutes,
    limit_minutes,
    released_minutes,
    split_entries,
    used_by,
)

HOUR = 60


def day(number: int) -> date:
    return date(2026, 3, number)


def at(number: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, number, hour, minute, tzinfo=UTC)


def make_notice(informed_at: datetime, used: int = 0, decision: Decision = Decision.CONTINUE) -> Notice:
    return Notice(informed_at, informed_at.date(), used, decision)


def unannounced(entries: list[WorkedEntry], limit: int, *notices: Notice) -> list[int]:
    splits = split_entries(entries, limit=limit, notices=notices)
    return [splits[entry.id].unannounced for entry in entries]


class TestLimit:
    @pytest.mark.parametrize(
        ("signed", "limit"),
        [(1 * HOUR, 2 * HOUR), (20 * HOUR, 23 * HOUR), (400, 460), (401, 461), (0, 60)],
    )
    def test_tolerance_is_the_larger_of_fifteen_percent_and_an_hour(self, signed: int, limit: int) -> None:
        assert limit_minutes(signed) == limit

    def test_a_seller_may_set_its_own(self) -> None:
        assert limit_minutes(10 * HOUR, Tolerance(Decimal("12.5"), 30)) == 675

    def test_one_hour_signed_and_two_worked_bill_in_full(self) -> None:
        entry = WorkedEntry(1, day(1), 2 * HOUR)
        assert split_entries([entry], limit=limit_minutes(HOUR)) == {1: EntrySplit(1, 120, 0)}

    def test_of_two_and_a_quarter_hours_the_last_quarter_is_an_unannounced_overrun(self) -> None:
        entry = WorkedEntry(1, day(1), 135)
        assert split_entries([entry], limit=limit_minutes(HOUR)) == {1: EntrySplit(1, 120, 15)}

    def test_an_accepted_revision_raises_the_limit_for_all_of_its_minutes(self) -> None:
        entries = [WorkedEntry(1, day(1), 120), WorkedEntry(2, day(2), 60)]
        assert unannounced(entries, limit_minutes(HOUR)) == [0, 60]
        assert unannounced(entries, limit_minutes(3 * HOUR)) == [0, 0]


class TestWorkedOrder:
    def test_minutes_count_by_day_worked_not_by_order_of_logging(self) -> None:
        entries = [WorkedEntry(1, day(5), 60), WorkedEntry(2, day(1), 60), WorkedEntry(3, day(3), 60)]
        assert unannounced(entries, 120) == [60, 0, 0]

    def test_within_a_day_the_start_decides_and_entries_without_one_come_last(self) -> None:
        entries = [
            WorkedEntry(1, day(1), 60),
            WorkedEntry(2, day(1), 60, at(1, 14)),
            WorkedEntry(3, day(1), 60, at(1, 9)),
        ]
        assert unannounced(entries, 60) == [60, 60, 0]


class TestNotices:
    def test_only_minutes_after_the_notice_bill_beyond_the_limit(self) -> None:
        entries = [
            WorkedEntry(1, day(1), 120, at(1, 9)),
            WorkedEntry(2, day(2), 60, at(2, 9)),
            WorkedEntry(3, day(3), 60, at(3, 9)),
        ]
        assert unannounced(entries, 120, make_notice(at(2, 12))) == [0, 60, 0]

    def test_an_entry_during_which_the_client_was_told_is_split_at_that_moment(self) -> None:
        entry = WorkedEntry(1, day(1), 180, at(1, 9))
        assert unannounced([entry], 60, make_notice(at(1, 10, 30))) == [30]

    @pytest.mark.parametrize("decision", [Decision.STOP, Decision.REVISE, Decision.GOODWILL, Decision.NONE_YET])
    def test_no_other_answer_lets_minutes_bill(self, decision: Decision) -> None:
        entry = WorkedEntry(1, day(2), 90)
        assert unannounced([entry], 60, make_notice(at(1, 9), decision=decision)) == [30]

    def test_stop_ends_an_earlier_agreement_and_a_notice_without_answer_does_not(self) -> None:
        entries = [WorkedEntry(n, day(n), 60) for n in (1, 2, 4, 6)]
        agreed = make_notice(at(1, 20), used=60)
        unanswered = make_notice(at(3, 9), decision=Decision.NONE_YET)
        stopped = make_notice(at(5, 9), decision=Decision.STOP)
        assert unannounced(entries, 0, agreed, unanswered, stopped) == [60, 0, 0, 60]

    def test_without_a_start_the_notices_own_day_is_split_at_the_minutes_used_by_then(self) -> None:
        entries = [WorkedEntry(1, day(1), 100), WorkedEntry(2, day(2), 60)]
        assert unannounced(entries, 60, make_notice(at(1, 9), used=70)) == [10, 0]

    def test_minutes_used_by_then_count_from_the_first_entry_on(self) -> None:
        entries = [WorkedEntry(1, day(1), 100), WorkedEntry(2, day(2), 60), WorkedEntry(3, day(2), 60)]
        assert unannounced(entries, 60, make_notice(at(2, 12), used=130)) == [40, 30, 0]

    def test_what_is_within_the_limit_bills_whatever_was_said(self) -> None:
        entry = WorkedEntry(1, day(3), 60)
        assert unannounced([entry], 60, make_notice(at(1, 9), decision=Decision.STOP)) == [0]


class TestSteps:
    @pytest.mark.parametrize(
        ("used", "steps"),
        [
            (479, ()),
            (480, (OverrunStep.TELL_CONSULTANT,)),
            (600, (OverrunStep.TELL_CONSULTANT, OverrunStep.TELL_MANAGER)),
            (690, (OverrunStep.TELL_CONSULTANT, OverrunStep.TELL_MANAGER)),
            (691, tuple(OverrunStep)),
        ],
    )
    def test_eighty_percent_a_hundred_and_the_limit(self, used: int, steps: tuple[OverrunStep, ...]) -> None:
        assert due_steps(used=used, forecast=used, signed=600) == steps

    def test_the_client_is_warned_as_soon_as_the_forecast_passes_the_limit(self) -> None:
        assert due_steps(used=60, forecast=691, signed=600) == (OverrunStep.WARN_CLIENT,)

    def test_nothing_signed_and_nothing_used_tells_nobody(self) -> None:
        assert due_steps(used=0, forecast=0, signed=0) == ()

    def test_a_forecast_comes_from_the_remaining_estimate_or_the_share_done(self) -> None:
        assert forecast_minutes(used=300, remaining=500) == 800
        assert forecast_minutes(used=300, done_percent=Decimal(40)) == 750
        assert forecast_minutes(used=100, done_percent=Decimal(30)) == 334
        assert forecast_minutes(used=300) == 300

    def test_what_the_client_finishes_himself_is_released(self) -> None:
        assert released_minutes(signed=240, used=120) == 120
        assert released_minutes(signed=240, used=300) == 0


entries_drawn = st.lists(
    st.tuples(st.integers(1, 28), st.integers(1, 300), st.none() | st.integers(0, 20)), max_size=8
).map(
    lambda drawn: [
        WorkedEntry(number, day(on), minutes, None if hour is None else at(on, hour))
        for number, (on, minutes, hour) in enumerate(drawn)
    ]
)
notices_drawn = st.lists(
    st.builds(
        lambda on, hour, used, decision: make_notice(at(on, hour), used, decision),
        st.integers(1, 28),
        st.integers(0, 23),
        st.integers(0, 2000),
        st.sampled_from(Decision),
    ),
    max_size=4,
)


@given(entries_drawn, notices_drawn, st.integers(0, 1000))
def test_every_entry_is_split_without_losing_a_minute(
    entries: list[WorkedEntry], notices: list[Notice], limit: int
) -> None:
    splits = split_entries(entries, limit=limit, notices=notices)
    for entry in entries:
        assert splits[entry.id].billable + splits[entry.id].unannounced == entry.minutes
        assert splits[entry.id].billable >= 0 <= splits[entry.id].unannounced
    billed = sum(split.billable for split in splits.values())
    assert billed >= min(limit, sum(entry.minutes for entry in entries))


@given(entries_drawn, st.integers(0, 1000))
def test_without_notices_exactly_the_limit_bills(entries: list[WorkedEntry], limit: int) -> None:
    splits = split_entries(entries, limit=limit)
    assert sum(split.billable for split in splits.values()) == min(limit, sum(entry.minutes for entry in entries))


@given(entries_drawn, st.integers(0, 1000), st.integers(1, 27), st.integers(1, 20))
def test_the_later_the_notice_the_less_bills(entries: list[WorkedEntry], limit: int, on: int, delay: int) -> None:
    started = [entry for entry in entries if entry.started_at]
    early, late = at(on, 8), at(on, 8) + timedelta(hours=delay)
    before = split_entries(started, limit=limit, notices=[make_notice(early)])
    after = split_entries(started, limit=limit, notices=[make_notice(late)])
    assert all(after[entry.id].billable <= before[entry.id].billable for entry in started)


class TestBookedWork:
    def test_what_was_charged_stays_and_late_work_gets_the_rest(self) -> None:
        entries = [WorkedEntry(1, day(1), 60), WorkedEntry(2, day(2), 100, charged_minutes=100)]
        assert unannounced(entries, 120) == [40, 0]

    def test_a_partners_override_bills_all_of_the_entry(self) -> None:
        entries = [WorkedEntry(1, day(1), 100), WorkedEntry(2, day(2), 60, forgiven=True)]
        assert unannounced(entries, 120) == [0, 0]

    def test_minutes_used_by_a_moment(self) -> None:
        entries = [WorkedEntry(1, day(1), 60), WorkedEntry(2, day(2), 60, at(2, 9)), WorkedEntry(3, day(3), 60)]
        assert used_by(entries, informed_at=at(2, 9, 20), informed_on=day(2)) == 80


@given(entries_drawn, st.integers(0, 1000), st.data())
def test_booked_and_late_work_together_never_bill_beyond_the_limit(
    entries: list[WorkedEntry], limit: int, data: st.DataObject
) -> None:
    booked = [entry for entry in entries if data.draw(st.booleans())]
    first = split_entries(booked, limit=limit)
    kept = [replace(entry, charged_minutes=first[entry.id].billable) for entry in booked]
    splits = split_entries([*kept, *(entry for entry in entries if entry not in booked)], limit=limit)
    assert sum(split.billable for split in splits.values()) <= max(limit, sum(s.billable for s in first.values()))
    assert all(splits[entry.id].billable >= first[entry.id].billable for entry in booked)
