"""The nightly and frequent edges of hours: forgotten timers, figures, the promises of the books."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import TimeEntry, Timer, WorkMonth
from billing.services.approvals import approve_entries
from billing.services.timer import stop_forgotten_timers
from billing.tasks import refresh_hour_figures, stop_timers
from clients.models import ClientFigure
from crm.models import JobRun
from crm.tasks import start_job
from tests.make import Cast, make_client, make_package, make_rate, submitted
from tests.make.hours import AT, make_time_lock

pytestmark = pytest.mark.django_db


def test_a_forgotten_timer_is_stopped_by_the_schedule(cast: Cast) -> None:
    client = make_client()
    make_rate(client=client)
    Timer.objects.create(user=cast.consultant, client=client, started_at=timezone.now() - timedelta(hours=11))
    stop_timers()
    stop_timers()
    assert TimeEntry.objects.get().needs_decision == "timer_stopped"


def test_a_timer_whose_day_was_closed_waits_and_holds_no_other_up(cast: Cast) -> None:
    client = make_client()
    make_rate(client=client)
    now = timezone.now()
    Timer.objects.create(user=cast.consultant, client=client, started_at=now - timedelta(days=4))
    Timer.objects.create(user=cast.partner, client=client, started_at=now - timedelta(hours=11))
    make_time_lock(timezone.localdate() - timedelta(days=3))
    assert stop_forgotten_timers(at=now) == 1
    assert [timer.user for timer in Timer.objects.all()] == [cast.consultant]
    assert TimeEntry.objects.get().employee == cast.partner


def test_figures_are_counted_anew_at_night() -> None:
    package = make_package(hours=10)
    ClientFigure.objects.update(package_minutes=1)
    refresh_hour_figures()
    assert ClientFigure.objects.get(client=package.client).package_minutes == 600


def test_books_in_order_are_said_to_be() -> None:
    start_job("check_books")
    run = JobRun.objects.get(job="check_books")
    assert (run.state, run.warnings) == ("done", [])


@pytest.mark.broken_books
def test_a_broken_promise_is_a_warning_of_the_run(cast: Cast) -> None:
    entry = submitted(make_package().client, cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    WorkMonth.objects.all().delete()
    start_job("check_books")
    run = JobRun.objects.get(job="check_books")
    assert "work_is_rolled_up" in run.warnings[0]
    assert run.message == "1 promise is broken."
