"""A missed second date is missed whether the client was warned in time or not."""

from datetime import UTC, datetime, timedelta

from clients.rules.escalation import second_date_missed
from clients.rules.promises import LaterDate, Promise

FIRST = datetime(2026, 2, 10, 17, tzinfo=UTC)
SECOND = FIRST + timedelta(days=4)


def test_a_passed_second_date_is_missed_even_unwarned() -> None:
    promise = Promise(FIRST, later=(LaterDate(SECOND),))
    assert second_date_missed(promise, as_of=SECOND + timedelta(minutes=1))
    assert not second_date_missed(promise, as_of=SECOND)


def test_a_first_date_alone_never_escalates() -> None:
    assert not second_date_missed(Promise(FIRST), as_of=SECOND)


def test_a_second_date_met_late_or_moved_again_is_missed() -> None:
    late = Promise(FIRST, kept_at=SECOND + timedelta(hours=1), later=(LaterDate(SECOND),))
    moved = Promise(FIRST, later=(LaterDate(SECOND), LaterDate(SECOND + timedelta(days=3))))
    assert second_date_missed(late, as_of=SECOND + timedelta(days=9))
    assert second_date_missed(moved, as_of=FIRST)


def test_a_withdrawn_promise_is_never_missed() -> None:
    promise = Promise(FIRST, withdrawn_at=FIRST, later=(LaterDate(SECOND),))
    assert not second_date_missed(promise, as_of=SECOND + timedelta(days=9))
