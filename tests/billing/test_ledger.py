"""billing.services.ledger: what the database refuses, and that no concurrency breaks a balance."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import InternalError, connection, transaction

from billing.models import HourAccount, HourPackage, LedgerRow, TimeEntry
from billing.services import ledger
from billing.services.approvals import approve_entries
from crm.access import Role
from tests.make import Cast, log, make_cast, make_client, make_package, make_rate, make_user, submitted
from tests.make.hours import AT, DAY

THREADS = 8


def at_once[T](act: Callable[[int], T], times: int) -> list[T | str]:
    """Results of real concurrent transactions; a refusal counts by its code."""

    def guarded(number: int) -> T | str:
        try:
            return act(number)
        except ValidationError as refused:
            return refused.error_list[0].code or "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(guarded, range(times)))


def balance_of(package: HourPackage) -> tuple[int, int]:
    """The kept balance and the sum of the ledger."""
    account = HourAccount.objects.get(pk=package.account_id)
    return account.balance_minutes, sum(account.ledger.values_list("minutes", flat=True))


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_approvals_draw_exactly_what_is_there() -> None:
    cast = make_cast()
    make_rate()
    package = make_package(hours=40)
    ids = [submitted(package.client, cast.consultant).pk for _ in range(50)]
    results = at_once(lambda number: approve_entries([ids[number]], by=cast.partner, at=AT)[0].pk, 50)
    assert sorted(results) == ids
    assert balance_of(package) == (0, 0)
    sources = Counter(TimeEntry.objects.values_list("coverages__source", flat=True))
    assert sources == {"package": 40, "time_and_materials": 10}


@pytest.mark.django_db(transaction=True)
def test_fifty_people_who_log_at_once_draw_exactly_what_is_there() -> None:
    cast = make_cast()
    make_rate()
    package = make_package(hours=30, draw_on_log=True)
    at_once(lambda _number: log(package.client, cast.consultant).status, 50)
    assert balance_of(package) == (0, 0)
    assert Counter(TimeEntry.objects.values_list("status", flat=True)) == {"approved": 30, "draft": 20}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_the_same_week_one_wins() -> None:
    cast = make_cast()
    package = make_package(hours=10)
    ids = [submitted(package.client, cast.consultant).pk for _ in range(5)]
    people = (cast.partner, make_user(Role.PARTNER))
    results = at_once(lambda number: len(approve_entries(ids, by=people[number], at=AT)), 2)
    assert sorted(map(str, results)) == ["5", "already_done"]
    assert balance_of(package) == (300, 300)


@pytest.mark.django_db(transaction=True)
def test_batches_that_share_packages_in_any_order_do_not_deadlock() -> None:
    cast = make_cast()
    client = make_client()
    packages = [make_package(client, hours=4, name=f"P{number}") for number in range(4)]
    batches = [[submitted(client, cast.consultant, 30).pk for _ in range(4)] for _ in range(8)]
    at_once(lambda number: len(approve_entries(batches[number], by=cast.partner, at=AT)), 8)
    assert sum(balance_of(package)[0] for package in packages) == 0


@pytest.mark.django_db
def test_a_row_of_the_ledger_is_neither_changed_nor_deleted() -> None:
    make_package()
    for act in (lambda: LedgerRow.objects.update(minutes=1), lambda: LedgerRow.objects.all().delete()):
        with pytest.raises(InternalError), transaction.atomic():
            act()


@pytest.mark.django_db
def test_a_balance_is_not_written_past_the_ledger() -> None:
    make_package()
    with pytest.raises(InternalError), transaction.atomic():
        HourAccount.objects.update(balance_minutes=9999)


@pytest.mark.django_db
def test_more_than_the_balance_is_refused_with_its_code() -> None:
    package = make_package(hours=1)
    with pytest.raises(ValidationError) as refused:
        ledger.adjust_balance(package.account, minutes=-61, reason="Too much", on=DAY, by=None, at=AT)
    assert refused.value.error_list[0].code == "balance_limit"


@pytest.mark.django_db
def test_one_entry_draws_once_on_one_account_in_one_generation(cast: Cast) -> None:
    package = make_package()
    entry = submitted(package.client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    again = ledger.draw_row(entry, account_id=package.account_id, covered=1, drawn=1, by=cast.partner, at=AT)
    with pytest.raises(ValidationError) as refused:
        ledger.book_rows([again])
    assert refused.value.error_list[0].code == "already_done"


@pytest.mark.django_db
@pytest.mark.broken_books
def test_a_row_is_reversed_once(cast: Cast) -> None:
    package = make_package()
    entry = submitted(package.client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    draw = LedgerRow.objects.get(kind="draw")
    ledger.book_rows([ledger.reversal_of(draw, by=None, at=AT)])
    with pytest.raises(ValidationError) as refused:
        ledger.book_rows([ledger.reversal_of(draw, by=None, at=AT)])
    assert refused.value.error_list[0].code == "already_done"
    assert balance_of(package) == (3000, 3000)
