"""billing.invariants: each promise holds on true books and names what breaks it."""

from datetime import date, timedelta
from io import StringIO

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import connection

from billing.models import Coverage, TimeEntry, WorkMonth
from billing.services.approvals import approve_entries
from crm.invariants import find_breaches
from tests.make import Cast, log, make_package, make_time_lock, submitted
from tests.make.hours import AT, DAY

pytestmark = pytest.mark.django_db

BREAKS = {
    "ledger_adds_up": "UPDATE billing_houraccount SET balance_minutes = balance_minutes + 1",
    "covered_once": "UPDATE billing_timeentry SET billed_minutes = billed_minutes + 15 WHERE status = 'approved'",
    "drawn_once": "DELETE FROM billing_ledgerrow WHERE kind = 'draw'",
    "draws_are_booked": "UPDATE billing_coverage SET ledger_row_id = NULL",
    "work_is_rolled_up": "UPDATE billing_workmonth SET prepaid_minutes = 0",
}


@pytest.fixture
def books(cast: Cast) -> TimeEntry:
    package = make_package(hours=10)
    entry = submitted(package.client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    log(package.client, cast.consultant, worked_on=date(2026, 6, 12))
    return entry


def breach(sql: str) -> None:
    """Does what the triggers forbid, as a careless hand in the database would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.broken_books
@pytest.mark.parametrize("name", BREAKS)
def test_a_breach_is_found_and_named(name: str, books: TimeEntry) -> None:
    assert list(find_breaches()) == []
    breach(BREAKS[name])
    assert name in {found.invariant.name for found in find_breaches()}


@pytest.mark.broken_books
def test_a_late_change_in_a_closed_period_is_found(books: TimeEntry) -> None:
    make_time_lock(DAY)
    assert list(find_breaches()) == []
    with pgtrigger.ignore("billing.TimeEntry:in_open_period"):
        TimeEntry.objects.filter(pk=books.pk).update(generation=5)
    assert [found.invariant.name for found in find_breaches()] == ["closed_time_stays"]


@pytest.mark.broken_books
def test_the_next_lock_does_not_hide_a_late_change(books: TimeEntry) -> None:
    make_time_lock(DAY)
    with pgtrigger.ignore("billing.TimeEntry:in_open_period"):
        TimeEntry.objects.filter(pk=books.pk).update(generation=5)
    make_time_lock(DAY - timedelta(days=300))
    assert [found.invariant.name for found in find_breaches()] == ["closed_time_stays"]


def test_what_changes_while_a_period_is_open_again_breaks_nothing(books: TimeEntry) -> None:
    make_time_lock(DAY)
    make_time_lock(DAY - timedelta(days=300))
    TimeEntry.objects.filter(pk=books.pk).update(description="Said better")
    make_time_lock(DAY)
    assert list(find_breaches()) == []


def test_the_command_says_how_many_promises_hold(books: TimeEntry) -> None:
    out = StringIO()
    call_command("check_invariants", stdout=out)
    assert "promises hold" in out.getvalue()


@pytest.mark.broken_books
def test_the_command_fails_with_a_line_for_each_breach(books: TimeEntry) -> None:
    WorkMonth.objects.all().delete()
    Coverage.objects.filter(entry__status="draft").update(ledger_row=None)
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", stdout=out)
    assert ended.value.code == 1
    assert out.getvalue().count("work_is_rolled_up") == 1
