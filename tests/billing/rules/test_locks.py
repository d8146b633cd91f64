"""billing.rules.locks: the newest counts, and opening again is a partner's act."""

from datetime import date

from billing.rules.locks import Lock, LockKind, LockProblem, is_locked, lock_problem, locked_until

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)


def test_the_newest_lock_counts_even_when_its_date_is_earlier() -> None:
    locks = [Lock(2, LockKind.TIME, MARCH), Lock(1, LockKind.TIME, APRIL)]
    assert locked_until(locks, LockKind.TIME) == MARCH


def test_documents_are_locked_for_one_seller() -> None:
    locks = [Lock(1, LockKind.DOCUMENTS, MARCH, seller_id=1), Lock(2, LockKind.TIME, APRIL)]
    assert locked_until(locks, LockKind.DOCUMENTS, seller_id=1) == MARCH
    assert locked_until(locks, LockKind.DOCUMENTS, seller_id=2) is None


def test_the_last_day_of_the_period_is_locked() -> None:
    assert is_locked(MARCH, MARCH)
    assert not is_locked(date(2026, 4, 1), MARCH)
    assert not is_locked(MARCH, None)


def test_a_later_date_is_for_anyone_and_an_earlier_one_for_a_partner_with_a_reason() -> None:
    assert lock_problem(None, MARCH, by_partner=False, reason="") is None
    assert lock_problem(MARCH, APRIL, by_partner=False, reason="") is None
    assert lock_problem(APRIL, MARCH, by_partner=False, reason="late entry") is LockProblem.PARTNER_ONLY
    assert lock_problem(APRIL, MARCH, by_partner=True, reason=" ") is LockProblem.REASON_MISSING
    assert lock_problem(APRIL, MARCH, by_partner=True, reason="late entry") is None
