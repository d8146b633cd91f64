"""clients.rules.promises: the ten promises, the warned rule by days of the firm, and the rates."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.rules.promises import (
    Judged,
    Lateness,
    LaterDate,
    Outcome,
    Promise,
    Rates,
    RedateProblem,
    asks_maker,
    end_of_day,
    is_systematic,
    is_warning,
    judge,
    lateness,
    promises_first,
    rate_judged,
    rate_promises,
    redate_problem,
)
from tests.reference import read_reference

BERLIN = ZoneInfo("Europe/Berlin")
GOLDEN = read_reference("promises.json")
AS_OF = datetime(2026, 3, 10, 12, tzinfo=BERLIN)
FIELDS = {
    "honour_rate": "honour_rate",
    "strict_rate": "strict_rate",
    "warn_rate": "warned_rate",
    "second_promise_rate": "second_date_kept_rate",
    "mean_days_late_all": "mean_days_late",
    "mean_days_late_if_late": "mean_days_late_if_late",
    "median_late_if_late": "median_days_late",
    "max_late": "max_days_late",
    "n": "n",
    "kept": "kept",
    "renegotiated_kept": "renegotiated_kept",
    "broken_twice": "broken_twice",
    "unwarned": "unwarned",
}


def by_end_of(text: str | None) -> datetime | None:
    return end_of_day(date.fromisoformat(text), BERLIN) if text else None


def at_noon(text: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), BERLIN).replace(hour=12) if text else None


def from_row(row: list[Any]) -> Promise:
    fields = dict(zip(GOLDEN["columns"], row, strict=True))
    due_at, new_due_at = by_end_of(fields["due"]), by_end_of(fields["new_due"])
    assert due_at
    later = (LaterDate(new_due_at, at_noon(fields["warned_at"])),) if new_due_at else ()
    withdrawn_at = at_noon(fields["made"]) if fields["cancelled_by_client"] else None
    return Promise(due_at, at_noon(fields["done_at"]), withdrawn_at, later)


def due(day: int, hour: int = 18) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=BERLIN)


def outcome(promise: Promise, as_of: datetime | None = None) -> Outcome:
    return judge(promise, as_of=as_of or due(31), zone=BERLIN).outcome


class TestTheTenPromises:
    @pytest.mark.parametrize("place", range(10))
    def test_each_has_its_outcome_and_lateness(self, place: int) -> None:
        expected = GOLDEN["expected"]["classified"][place]
        judged = judge(from_row(GOLDEN["rows"][place]), as_of=AS_OF, zone=BERLIN)
        assert judged.outcome == expected["status"].replace("cancelled", "withdrawn_by_client")
        assert judged.days_late == expected["days_late"]

    @pytest.mark.parametrize("client", [None, "A", "B", "C"])
    def test_the_rates_of_all_and_of_each_client(self, client: str | None) -> None:
        rows = [row for row in GOLDEN["rows"] if client in (None, row[1])]
        rates = rate_promises(map(from_row, rows), as_of=AS_OF, zone=BERLIN)
        expected = GOLDEN["expected"]["by_client"][client] if client else GOLDEN["expected"]["overall"]
        for name, field in FIELDS.items():
            found, wanted = getattr(rates, field), expected[name]
            assert (found is None) == (wanted is None), name
            assert wanted is None or float(found) == pytest.approx(wanted, rel=1e-9), name


class TestWarning:
    def test_on_the_due_day_it_is_too_late_to_warn(self) -> None:
        assert is_warning(due(9, 23), due(10, 9), BERLIN)
        assert not is_warning(due(10, 0), due(10, 23), BERLIN)
        assert not is_warning(None, due(10), BERLIN)

    def test_days_are_those_of_the_firm(self) -> None:
        informed_at = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
        assert informed_at.date() < due(10).date()
        assert not is_warning(informed_at, due(10), BERLIN)

    def test_a_date_alone_means_the_end_of_that_day(self) -> None:
        due_at = end_of_day(date(2026, 3, 29), BERLIN)
        assert due_at.date() == date(2026, 3, 29)
        assert due_at + timedelta(microseconds=1) == datetime(2026, 3, 30, tzinfo=BERLIN)
        assert outcome(Promise(due_at, kept_at=due_at)) is Outcome.KEPT
        assert outcome(Promise(due_at, kept_at=due_at + timedelta(seconds=1))) is Outcome.LATE_UNWARNED


class TestChain:
    MOVED = LaterDate(due(15), informed_at=due(8))

    @pytest.mark.parametrize(
        ("kept_at", "as_of", "expected"),
        [
            (None, due(9), Outcome.OPEN_RENEGOTIATED),
            (None, due(15), Outcome.OPEN_RENEGOTIATED),
            (None, due(16), Outcome.BROKEN_TWICE),
            (due(9), due(31), Outcome.KEPT),
            (due(14), due(31), Outcome.RENEGOTIATED_KEPT),
            (due(16), due(31), Outcome.BROKEN_TWICE),
        ],
    )
    def test_the_second_date_must_be_kept(self, kept_at: datetime | None, as_of: datetime, expected: Outcome) -> None:
        assert outcome(Promise(due(10), kept_at, later=(self.MOVED,)), as_of) is expected

    def test_a_third_date_is_broken_twice_even_when_a_partner_allowed_it_and_it_was_kept(self) -> None:
        twice = (self.MOVED, LaterDate(due(20), informed_at=due(14)))
        assert outcome(Promise(due(10), due(18), later=twice)) is Outcome.BROKEN_TWICE
        assert outcome(Promise(due(10), later=twice), due(15)) is Outcome.BROKEN_TWICE

    @pytest.mark.parametrize("informed_at", [None, due(10, 8), due(11)])
    def test_a_new_date_without_a_warning_in_time_saves_nothing(self, informed_at: datetime | None) -> None:
        later = (LaterDate(due(15), informed_at),)
        assert outcome(Promise(due(10), due(14), later=later)) is Outcome.LATE_UNWARNED
        assert outcome(Promise(due(10), later=later), due(12)) is Outcome.OVERDUE_UNWARNED

    def test_what_happened_after_the_moment_is_not_known(self) -> None:
        promise = Promise(due(10), due(14), later=(self.MOVED,))
        assert outcome(promise, due(7)) is Outcome.OPEN
        assert outcome(promise, due(9)) is Outcome.OPEN_RENEGOTIATED
        assert outcome(promise, due(14)) is Outcome.RENEGOTIATED_KEPT
        assert outcome(Promise(due(10), withdrawn_at=due(20)), due(11)) is Outcome.OVERDUE_UNWARNED

    def test_the_very_moment_still_counts(self) -> None:
        assert outcome(Promise(due(10)), due(10)) is Outcome.OPEN
        assert outcome(Promise(due(10), later=(self.MOVED,)), due(8)) is Outcome.OPEN_RENEGOTIATED

    def test_a_chain_that_is_entered_later_judges_alike(self) -> None:
        entered_later = LaterDate(due(15), informed_at=due(8), made_at=due(30))
        assert outcome(Promise(due(10), due(14), later=(entered_later,)), due(14)) is Outcome.RENEGOTIATED_KEPT
        never_told = LaterDate(due(15), made_at=due(30))
        assert outcome(Promise(due(10), later=(never_told,)), due(11)) is Outcome.OVERDUE_UNWARNED


class TestActs:
    def test_the_maker_is_asked_within_the_last_day(self) -> None:
        promise = Promise(due(10))
        assert not asks_maker(promise, at=due(9, 17), on_track=False)
        assert asks_maker(promise, at=due(9, 18), on_track=False)
        assert asks_maker(promise, at=due(10), on_track=False)
        assert not asks_maker(promise, at=due(9, 18), on_track=True)
        assert not asks_maker(promise, at=due(11), on_track=False)
        assert not asks_maker(Promise(due(10), kept_at=due(9)), at=due(10, 9), on_track=False)

    @pytest.mark.parametrize(
        ("later", "new", "partner", "absent", "deputy", "problem"),
        [
            (False, 15, False, False, False, None),
            (False, 15, False, True, True, None),
            (False, 15, False, True, False, RedateProblem.ABSENT),
            (False, 10, False, False, False, RedateProblem.NOT_LATER),
            (True, 20, False, False, False, RedateProblem.THIRD_DATE),
            (True, 20, True, False, False, None),
        ],
    )
    def test_a_new_date_has_its_conditions(
        self, later: bool, new: int, partner: bool, absent: bool, deputy: bool, problem: RedateProblem | None
    ) -> None:
        promise = Promise(due(10), later=(TestChain.MOVED,) if later else ())
        found = redate_problem(promise, due(new), by_partner=partner, maker_absent=absent, has_deputy=deputy)
        assert found is problem

    @pytest.mark.parametrize(
        ("late", "kept", "systematic"), [(1, 4, False), (2, 4, True), (4, 0, False), (5, 0, True), (2, 8, False)]
    )
    def test_lateness_is_systematic_above_a_fifth_of_at_least_five(
        self, late: int, kept: int, systematic: bool
    ) -> None:
        outcomes = [Outcome.LATE_UNWARNED] * late + [Outcome.KEPT] * kept + [Outcome.OPEN] * 20
        assert is_systematic(outcomes) is systematic

    @pytest.mark.parametrize("outcome", Outcome)
    def test_only_a_late_promise_is_a_slip_or_a_habit(self, outcome: Outcome) -> None:
        late = {Outcome.LATE_UNWARNED, Outcome.OVERDUE_UNWARNED, Outcome.BROKEN_TWICE}
        found = (lateness(outcome, by_habit=False), lateness(outcome, by_habit=True))
        assert found == ((Lateness.RANDOM, Lateness.SYSTEMATIC) if outcome in late else (None, None))

    def test_below_target_promises_come_first(self) -> None:
        assert promises_first(Rates(n=100, kept=94))
        assert not promises_first(Rates(n=100, kept=90, renegotiated_kept=5))
        assert not promises_first(Rates(n=0))


moments = st.integers(0, 24 * 40).map(lambda hours: datetime(2026, 3, 1, tzinfo=BERLIN) + timedelta(hours=hours))
later_dates = st.builds(LaterDate, moments, st.none() | moments, st.none() | moments)
promises_drawn = st.builds(
    Promise, moments, st.none() | moments, st.none() | moments, st.lists(later_dates, max_size=3).map(tuple)
)


@given(promises_drawn, moments)
def test_lateness_is_known_exactly_for_what_counts(promise: Promise, as_of: datetime) -> None:
    judged = judge(promise, as_of=as_of, zone=BERLIN)
    assert (judged.days_late is not None) == judged.counts
    assert (judged.days_late or 0) >= 0


@given(promises_drawn, moments, moments)
def test_what_is_settled_stays_settled(promise: Promise, one: datetime, other: datetime) -> None:
    if promise.withdrawn_at is None and promise.kept_at:
        earlier, later = sorted((one, other))
        if judge(promise, as_of=earlier, zone=BERLIN).outcome is Outcome.KEPT:
            assert judge(promise, as_of=later, zone=BERLIN).outcome is Outcome.KEPT


@given(st.lists(st.builds(Judged, st.sampled_from(Outcome), st.integers(0, 60)), max_size=20))
def test_rates_are_shares_and_every_counted_promise_has_its_place(judged: list[Judged]) -> None:
    rates = rate_judged(judged)
    assert rates.kept + rates.renegotiated_kept + rates.broken_twice + rates.unwarned == rates.n
    for share in (rates.strict_rate, rates.honour_rate, rates.warned_rate, rates.second_date_kept_rate):
        assert share is None or 0 <= share <= Decimal(1)
    assert (rates.strict_rate or 0) <= (rates.honour_rate or 0)
