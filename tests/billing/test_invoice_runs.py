"""Runs over many clients: everything drafted and issued once, by many workers, through refusals and lost workers."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections

from billing.models import Invoice, PeriodLock, Rate, SeriesYear, TimeEntry
from billing.services import series
from billing.services.drafts import remove_line
from billing.services.invoice_runs import clients_to_draft, draft_all, issue_queued, queue_drafts
from billing.services.locks import lock_period
from billing.tasks import do_draft_invoices, do_issue_invoices
from clients.models import Client
from crm.access import Role
from crm.jobs import Progress, ask_job, begin_run
from crm.models import JobRun, User
from tests.make import make_client, make_user
from tests.make.invoices import make_series, make_work

MARCH = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def quiet(*_told: object) -> None:
    """Nobody listens."""


def waiting(count: int, *, minutes: int = 15) -> list[Client]:
    """Clients with a piece of work each."""
    clients = [make_client(name=f"Client {n:04}") for n in range(count)]
    for client in clients:
        assert client.default_seller is not None
        make_series(client.default_seller)
        make_work(client, minutes=minutes)
    return clients


def draft(*, on: date = MARCH, tell: Callable[..., None] = quiet) -> int:
    return draft_all(through=on, on=on, by=None, tell=tell)


def queued(count: int, **kw: Any) -> None:
    waiting(count, **kw)
    draft()
    queue_drafts(Invoice.objects.drafts(), on=MARCH, by=make_user(Role.FINANCE))


def run_of(job: str, *, by: User | None = None) -> JobRun:
    run = begin_run(ask_job(job, as_of_on=MARCH, by=by, at=NOON).pk, at=NOON)
    assert run is not None
    return run


@pytest.mark.django_db
def test_every_client_is_drafted_once_and_a_second_run_finds_nothing() -> None:
    waiting(3)
    assert [client.name for client in clients_to_draft(through=MARCH)] == ["Client 0000", "Client 0001", "Client 0002"]
    assert (draft(), draft()) == (3, 0)
    assert Invoice.objects.drafts().count() == 3


@pytest.mark.django_db
def test_work_of_later_days_waits() -> None:
    client = waiting(1)[0]
    make_work(client, worked_on=MARCH + timedelta(days=1))
    draft()
    assert [row.pk for row in clients_to_draft(through=MARCH)] == []
    assert [row.pk for row in clients_to_draft(through=MARCH + timedelta(days=1))] == [client.pk]


@pytest.mark.django_db
def test_a_client_whose_price_raises_a_question_is_named_and_the_others_are_drafted() -> None:
    asked, plain = waiting(2)
    assert asked.default_seller is not None
    rate = Rate.objects.create(
        seller=asked.default_seller, amount=150, currency="EUR", price_includes_tax=True, valid_from=date(2020, 8, 1)
    )
    TimeEntry.objects.filter(client=asked).update(rate_source=f"rate:{rate.pk}")
    told: list[tuple[str, int, bool]] = []
    draft(tell=lambda client, made, refused: told.append((client.name, made, bool(refused))))
    assert told == [(asked.name, 0, True), (plain.name, 1, False)]


@pytest.mark.django_db
def test_the_runs_tell_their_progress_and_end_with_a_sentence() -> None:
    waiting(2)
    finance = make_user(Role.FINANCE)
    run = run_of("draft_invoices", by=finance)
    do_draft_invoices(Progress(run))
    run.refresh_from_db()
    assert (run.done_count, run.total_count, run.message) == (2, 2, "2 drafts made.")
    assert set(Invoice.objects.values_list("drafted_by", flat=True)) == {finance.pk}
    queue_drafts(Invoice.objects.drafts(), on=MARCH, by=finance)
    run = run_of("issue_invoices")
    do_issue_invoices(Progress(run))
    run.refresh_from_db()
    assert (run.done_count, run.total_count, run.message) == (2, 2, "2 invoices issued.")


@pytest.mark.django_db
def test_a_refused_draft_leaves_the_queue_with_its_reason() -> None:
    queued(2)
    first = Invoice.objects.drafts().order_by("pk")[0]
    remove_line(first.lines.get())
    assert issue_queued(at=NOON, tell=quiet) == 1
    first.refresh_from_db()
    assert (first.issue_asked_on, first.issue_problem) == (None, "The draft has no lines.")


def in_workers(count: int, act: Callable[[], object]) -> None:
    def one(_n: int) -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(one, range(count)))


def numbers_are_whole(count: int) -> None:
    sequences = [invoice.sequence or 0 for invoice in Invoice.objects.issued().order_by("sequence")]
    assert sequences == list(range(1, count + 1))
    assert SeriesYear.objects.get().last_number == count


def drain(count: int, workers: int) -> None:
    queued(count)
    in_workers(workers, lambda: issue_queued(at=NOON, tell=quiet))
    numbers_are_whole(count)


@pytest.mark.django_db(transaction=True)
def test_four_workers_drain_one_queue_of_200() -> None:
    drain(200, 4)


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_eight_workers_drain_one_queue_of_1000() -> None:
    drain(1000, 8)


@pytest.mark.django_db(transaction=True)
def test_two_drafting_runs_at_once_draft_each_client_once() -> None:
    waiting(12)
    in_workers(3, draft)
    assert Invoice.objects.drafts().count() == 12
    assert Client.objects.filter(invoices__isnull=False).distinct().count() == 12


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_no_number_and_the_next_run_issues_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued(10)
    taken = series.take_number
    seen: list[int] = []

    def dying(counted: Any, *, on: date) -> Any:
        """The fifth number is taken, then the server loses the worker before it can commit."""
        numbered = taken(counted, on=on)
        seen.append(numbered.sequence)
        if len(seen) == 5:
            with connection.cursor() as own:
                own.execute("SELECT pg_backend_pid()")
                worker = own.fetchone()
            killer = connections.create_connection("default")
            with killer.cursor() as other:
                other.execute("SELECT pg_terminate_backend(%s)", worker)
            killer.close()
        return numbered

    monkeypatch.setattr("billing.services.issuing.take_number", dying)
    with pytest.raises(OperationalError):
        issue_queued(at=NOON, tell=quiet)
    connection.close()
    assert Invoice.objects.issued().count() == 4
    assert Invoice.objects.queued().count() == 6
    assert issue_queued(at=NOON, tell=quiet) == 6
    numbers_are_whole(10)
    assert seen == [1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10]


@pytest.mark.django_db(transaction=True)
def test_closing_a_period_during_a_run_has_one_clear_winner_for_each_draft() -> None:
    queued(20)
    seller = Invoice.objects.drafts()[0].seller
    lock = PeriodLock(kind="documents", seller=seller, locked_until_on=MARCH)
    partner = make_user(Role.PARTNER)

    def close() -> None:
        lock_period(lock, by=partner, at=NOON)
        connection.close()

    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(in_workers, 1, lambda: issue_queued(at=NOON, tell=quiet)) for _ in range(2)]
        runs.append(pool.submit(close))
        for run in runs:
            run.result()
    issued = Invoice.objects.issued().count()
    refused = Invoice.objects.drafts().exclude(issue_problem="").count()
    assert issued + refused == 20
