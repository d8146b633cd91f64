"""Runs of jobs: one at a time, never lost, never stuck, and a broker that is gone stops nobody."""

from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from clients.models import Client
from crm import jobs, tasks
from crm.jobs import (
    MOST_TRIES,
    Job,
    Progress,
    RunTakenOverError,
    ask_job,
    begin_run,
    claim_job,
    do_run,
    enqueue,
    retry_forgotten,
    waiting_runs,
)
from crm.models import AuditEntry, JobRun
from tests.make import Cast, make_client

DAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)


@pytest.fixture
def _jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    def count(progress: Progress) -> None:
        progress.expect(4)
        for _step in range(4):
            progress.advance()
        progress.warn("one client has no rate")
        progress.conclude(f"4 counted as of {progress.as_of_on}")

    def breaks(_progress: Progress) -> None:
        raise ArithmeticError("no solution")

    found = {job.code: job for job in (Job("count", "Count", count), Job("breaks", "Breaks", breaks))}
    monkeypatch.setattr(jobs, "JOBS", found)


@pytest.mark.django_db
@pytest.mark.usefixtures("_jobs")
class TestRuns:
    def test_a_run_tells_its_progress_and_its_end(self, cast: Cast) -> None:
        run = ask_job("count", as_of_on=DAY, by=cast.partner, at=NOW)
        assert do_run(run.pk, at=NOW)
        run.refresh_from_db()
        assert (run.state, run.percent, run.message) == ("done", 100, "4 counted as of 2026-03-31")
        assert run.warnings == ["one client has no rate"]
        assert run.finished_at

    def test_a_failing_job_keeps_its_reason_and_raises(self) -> None:
        run = ask_job("breaks", as_of_on=DAY, by=None, at=NOW)
        with pytest.raises(ArithmeticError):
            do_run(run.pk, at=NOW)
        run.refresh_from_db()
        assert (run.state, run.message) == ("failed", "ArithmeticError: no solution")

    def test_an_unknown_job_fails_in_words(self) -> None:
        run = ask_job("gone", as_of_on=DAY, by=None, at=NOW)
        with pytest.raises(LookupError):
            do_run(run.pk, at=NOW)
        run.refresh_from_db()
        assert run.state == "failed"

    def test_one_run_at_a_time_for_job_subject_and_day(self) -> None:
        ask_job("count", as_of_on=DAY, by=None, at=NOW)
        with pytest.raises(ValidationError) as refused:
            ask_job("count", as_of_on=DAY, by=None, at=NOW)
        assert refused.value.code == "already_running"
        ask_job("count", as_of_on=DAY, by=None, at=NOW, subject="client:1")
        ask_job("count", as_of_on=DAY + timedelta(days=1), by=None, at=NOW)

    def test_a_run_is_begun_once(self) -> None:
        run = ask_job("count", as_of_on=DAY, by=None, at=NOW)
        assert begin_run(run.pk, at=NOW)
        assert begin_run(run.pk, at=NOW) is None
        assert not do_run(run.pk, at=NOW)

    def test_the_scheduled_run_of_a_day_happens_once_but_a_failed_one_again(self) -> None:
        run = claim_job("count", as_of_on=DAY, at=NOW)
        assert run is not None
        assert claim_job("count", as_of_on=DAY, at=NOW) is None
        do_run(run.pk, at=NOW)
        assert claim_job("count", as_of_on=DAY, at=NOW) is None
        JobRun.objects.update(state="failed")
        assert claim_job("count", as_of_on=DAY, at=NOW) is not None

    def test_on_demand_a_done_job_runs_again(self) -> None:
        do_run(ask_job("count", as_of_on=DAY, by=None, at=NOW).pk, at=NOW)
        assert do_run(ask_job("count", as_of_on=DAY, by=None, at=NOW).pk, at=NOW)

    def test_a_run_left_by_a_dead_worker_is_done_by_another_the_same_night(self, cast: Cast) -> None:
        run = ask_job("count", as_of_on=DAY, by=cast.partner, at=NOW, subject="client:1")
        begin_run(run.pk, at=NOW)
        assert retry_forgotten(at=NOW + timedelta(minutes=9)) == 0
        later = NOW + timedelta(minutes=11)
        assert retry_forgotten(at=later) == 1
        run.refresh_from_db()
        assert (run.state, run.message) == ("failed", "The worker stopped in the middle; the job is begun again.")
        [waiting] = waiting_runs(at=later + timedelta(minutes=2))
        assert do_run(waiting, at=later)
        again = JobRun.objects.get(pk=waiting)
        assert (again.state, again.subject, again.as_of_on, again.asked_by) == ("done", "client:1", DAY, cast.partner)

    def test_a_forgotten_run_is_asked_for_again_once(self) -> None:
        begin_run(ask_job("count", as_of_on=DAY, by=None, at=NOW).pk, at=NOW)
        later = NOW + timedelta(minutes=11)
        assert [retry_forgotten(at=later), retry_forgotten(at=later)] == [1, 0]
        assert JobRun.objects.filter(state="queued").count() == 1

    def test_a_job_that_kills_every_worker_is_left_to_a_person(self) -> None:
        run = ask_job("count", as_of_on=DAY, by=None, at=NOW)
        for times in range(MOST_TRIES):
            at = NOW + timedelta(hours=times)
            waiting = JobRun.objects.get(state="queued")
            begin_run(waiting.pk, at=at)
            retry_forgotten(at=at + timedelta(minutes=11))
        assert JobRun.objects.count() == JobRun.objects.filter(state="failed").count() == MOST_TRIES
        assert JobRun.objects.latest("pk").message == "The worker stopped in the middle."
        assert run.pk != JobRun.objects.latest("pk").pk

    def test_a_worker_thought_dead_stops_and_does_not_overwrite_the_verdict(self) -> None:
        def slow(progress: Progress) -> None:
            JobRun.objects.filter(pk=progress.run.pk).update(state="failed")
            progress.advance()
            raise AssertionError

        jobs.JOBS["slow"] = Job("slow", "Slow", slow)
        run = ask_job("slow", as_of_on=DAY, by=None, at=NOW)
        with pytest.raises(RunTakenOverError):
            do_run(run.pk, at=NOW)
        run.refresh_from_db()
        assert (run.state, run.message, run.done_count) == ("failed", "", 0)

    def test_a_run_whose_message_was_lost_is_found(self) -> None:
        run = ask_job("count", as_of_on=DAY, by=None, at=NOW)
        assert waiting_runs(at=NOW + timedelta(seconds=30)) == []
        assert waiting_runs(at=NOW + timedelta(minutes=2)) == [run.pk]

    def test_the_task_does_the_run_and_the_scheduled_one_skips_the_second_time(self) -> None:
        tasks.start_job("count", as_of="2026-03-31")
        tasks.start_job("count", as_of="2026-03-31")
        run = JobRun.objects.get()
        assert (run.state, run.as_of_on) == ("done", DAY)
        tasks.run_job(run.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_jobs")
def test_of_eight_workers_one_does_the_run() -> None:
    run = ask_job("count", as_of_on=DAY, by=None, at=timezone.now())
    done: list[bool] = []

    def work() -> None:
        done.append(do_run(run.pk, at=timezone.now()))
        connection.close()

    threads = [Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(done) == [False] * 7 + [True]


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_after_commit_and_never_before() -> None:
    with patch.object(tasks.run_job, "apply_async") as sent:
        with transaction.atomic():
            enqueue(tasks.run_job, 7)
            assert not sent.called
        sent.assert_called_once_with(args=(7,), retry=False)
        with transaction.atomic():
            enqueue(tasks.run_job, 8)
            transaction.set_rollback(True)
        assert sent.call_count == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("task", ["crm.tasks.run_job", tasks.run_job])
def test_without_a_broker_the_page_still_saves(task: Any, settings: Any) -> None:
    with patch.object(current_app.amqp, "send_task_message", side_effect=ConnectionError("gone")):
        with transaction.atomic():
            client = make_client()
            enqueue(task, 1)
        assert Client.objects.filter(pk=client.pk).exists()


@pytest.mark.django_db
def test_what_a_task_changes_is_signed_with_its_name() -> None:
    client = make_client()

    @current_app.task(name="tests.rename")
    def rename() -> None:
        Client.objects.filter(pk=client.pk).update(city="Bonn")

    rename()
    assert AuditEntry.objects.of(client)[0].origin == "task tests.rename"
