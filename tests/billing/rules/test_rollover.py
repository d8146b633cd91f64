"""billing.rules.rollover: what is carried, what expires, and that nothing compounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.rollover import (
    AllowanceUse,
    Month,
    PeriodEnd,
    Rollover,
    RolloverRule,
    claim_carried,
    close_period,
)

HOUR = 60
FORTY_HOURS_THIRTY_USED = AllowanceUse(included=40 * HOUR, used=30 * HOUR)


def capped(hours: int) -> RolloverRule:
    return RolloverRule(Rollover.CAPPED, cap_minutes=hours * HOUR)


@pytest.mark.parametrize(
    ("rule", "carried", "expired"),
    [
        (RolloverRule(), 0, 10),
        (RolloverRule(Rollover.UNLIMITED), 10, 0),
        (capped(5), 5, 5),
        (capped(20), 10, 0),
    ],
)
def test_forty_hours_with_thirty_used(rule: RolloverRule, carried: int, expired: int) -> None:
    end = close_period(FORTY_HOURS_THIRTY_USED, rule)
    assert end == PeriodEnd(carried * HOUR, expired * HOUR, 0, 0)


def test_carried_minutes_are_drawn_first_and_expire_at_the_end_of_the_next_period() -> None:
    carried_used = close_period(AllowanceUse(included=2400, carried_in=300, used=300), capped(5))
    assert (carried_used.carried, carried_used.expired) == (300, 2100)
    carried_left = close_period(AllowanceUse(included=2400, carried_in=300, used=100), RolloverRule(Rollover.UNLIMITED))
    assert (carried_left.carried, carried_left.expired) == (2400, 200)


def test_pending_entries_keep_their_minutes() -> None:
    end = close_period(AllowanceUse(included=2400, used=1800, reserved=240), capped(5))
    assert end == PeriodEnd(carried=300, expired=60, reserved=240, deficit=0)


def test_a_deficit_goes_over_only_where_agreed() -> None:
    overused = AllowanceUse(included=600, used=700)
    assert close_period(overused, RolloverRule()).deficit == 0
    assert close_period(overused, RolloverRule(carries_deficit=True)).deficit == 100


uses = st.builds(
    AllowanceUse,
    included=st.integers(0, 5000),
    used=st.integers(0, 5000),
    carried_in=st.integers(0, 2000),
    reserved=st.integers(0, 2000),
)
rules = st.builds(RolloverRule, st.sampled_from(Rollover), st.integers(0, 3000), st.booleans())


@given(uses, rules)
def test_nothing_is_lost_or_made(use: AllowanceUse, rule: RolloverRule) -> None:
    end = close_period(use, rule)
    balance = use.included + use.carried_in - use.used
    assert end.carried + end.expired + end.reserved == max(0, balance)
    assert min(end.carried, end.expired, end.reserved, end.deficit) >= 0
    assert end.carried <= use.included
    assert rule.kind is not Rollover.CAPPED or end.carried <= rule.cap_minutes


def test_pending_work_claims_what_it_needs_beyond_its_own_and_expired_minutes() -> None:
    june, july = Month(0, held=100, expired=30, carried=200, into=2), Month(240)
    assert claim_carried({1: june, 2: july}) == {2: 70}


def test_no_more_is_claimed_than_was_carried_and_still_lies_there() -> None:
    june = Month(0, held=500, carried=200, into=2)
    assert claim_carried({1: june, 2: Month(240)}) == {2: 200}
    assert claim_carried({1: june, 2: Month(60)}) == {2: 60}
    assert claim_carried({1: june}) == {}


def test_what_the_next_month_can_do_without_is_claimed_although_its_work_holds_it() -> None:
    june = Month(150, held=329, carried=179, into=2)
    assert claim_carried({1: june, 2: Month(480, held=329)}) == {2: 151}
    carries = Month(480, held=329, carried=28, into=3)
    assert claim_carried({1: june, 2: carries, 3: Month(357)}) == {2: 179, 3: 28}


def test_what_is_overdrawn_claims_nothing() -> None:
    assert claim_carried({1: Month(-7, carried=45, into=2), 2: Month(45)}) == {}


def test_a_month_that_is_claimed_from_claims_in_its_turn() -> None:
    june = Month(0, held=50, carried=50, into=2)
    assert claim_carried({1: june, 2: Month(50, carried=80, into=3), 3: Month(100)}) == {2: 50}
    busy = Month(50, held=10, carried=80, into=3)
    assert claim_carried({1: june, 2: busy, 3: Month(100)}) == {2: 50, 3: 10}
