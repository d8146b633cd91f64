"""billing.services.locks: the newest lock counts; the database itself keeps closed periods closed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Event

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction

from billing.models import PeriodLock, TimeEntry
from billing.services.approvals import approve_entries
from billing.services.locks import check_documents_open, check_time_open, lock_period
from crm.models import AuditEntry, User
from tests.make import Cast, log, make_cast, make_client, make_package, make_seller, make_time_lock, submitted
from tests.make.hours import AT, DAY


def lock(until: date, *, by: User, reason: str = "") -> PeriodLock:
    return lock_period(PeriodLock(kind="time", locked_until_on=until, reason=reason), by=by, at=AT)


@pytest.mark.django_db
def test_the_newest_lock_counts_even_if_it_is_earlier(cast: Cast) -> None:
    lock(date(2026, 5, 31), by=cast.finance)
    lock(date(2026, 4, 30), by=cast.partner, reason="A forgotten week")
    check_time_open(date(2026, 5, 1))
    with pytest.raises(ValidationError):
        check_time_open(date(2026, 4, 30))


@pytest.mark.django_db
def test_only_a_partner_opens_a_period_again(cast: Cast) -> None:
    lock(date(2026, 5, 31), by=cast.finance)
    with pytest.raises(PermissionDenied):
        lock(date(2026, 4, 30), by=cast.finance, reason="A forgotten week")


@pytest.mark.django_db
def test_opening_again_needs_a_reason(cast: Cast) -> None:
    lock(date(2026, 5, 31), by=cast.finance)
    with pytest.raises(ValidationError) as refused:
        lock(date(2026, 4, 30), by=cast.partner)
    assert "reason" in refused.value.error_dict


@pytest.mark.django_db
def test_a_lock_of_documents_holds_for_its_own_company_only(cast: Cast) -> None:
    german, russian = make_seller("DE"), make_seller("RU")
    lock_period(PeriodLock(kind="documents", seller=german, locked_until_on=DAY), by=cast.finance, at=AT)
    check_documents_open(russian, on=DAY)
    with pytest.raises(ValidationError):
        check_documents_open(german, on=DAY)


@pytest.mark.django_db
def test_a_lock_of_time_names_no_own_company(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        lock_period(PeriodLock(kind="time", seller=make_seller(), locked_until_on=DAY), by=cast.finance, at=AT)
    assert "for all" in refused.value.messages[0]


@pytest.mark.django_db
def test_a_lock_is_in_the_audit_trail(cast: Cast) -> None:
    lock(DAY, by=cast.finance)
    assert AuditEntry.objects.filter(table_name="billing_periodlock", action="insert").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"minutes": 5}, {"worked_on": date(2026, 7, 1)}, {"status": "submitted"}])
def test_the_database_refuses_late_changes_by_whatever_way(change: dict[str, object], cast: Cast) -> None:
    log(make_package().client, cast.consultant)
    make_time_lock(DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        TimeEntry.objects.update(**change)


@pytest.mark.django_db
@pytest.mark.broken_books  # no invoice names the entry
def test_the_link_to_an_invoice_may_still_change(cast: Cast) -> None:
    entry = submitted(make_package().client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    make_time_lock(DAY)
    assert TimeEntry.objects.update(status="invoiced") == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_closes_a_period_waits_for_those_who_are_writing() -> None:
    cast = make_cast()
    client, started, go_on = make_client(), Event(), Event()
    make_package(client)

    def write() -> None:
        with transaction.atomic():
            log(client, cast.consultant)
            started.set()
            go_on.wait(5)
        connection.close()

    def close() -> int:
        lock(DAY, by=cast.finance)
        seen = TimeEntry.objects.count()
        connection.close()
        return seen

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write)
        assert started.wait(5)
        closing = pool.submit(close)
        assert not closing.done()
        go_on.set()
        writing.result()
        assert closing.result() == 1
