"""Jobs and schedule of loyalty: once per day, with progress, safe to run twice, and nothing half done."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone

from crm.celery import app
from crm.jobs import do_run
from crm.models import JobRun
from crm.tasks import start_job
from loyalty.models import ConcentrationSnapshot, NpsSnapshot, ValueSnapshot
from loyalty.services.surveys import start_survey
from loyalty.tasks import FIGURES, ask_for_figures, ask_for_sending, remind_survey_people, send_surveys
from tests.make import Cast, make_buyer, make_client, make_contact, make_survey

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def rows() -> tuple[int, int, int]:
    return ValueSnapshot.objects.count(), NpsSnapshot.objects.count(), ConcentrationSnapshot.objects.count()


def test_the_figures_are_refreshed_with_progress(cast: Cast) -> None:
    make_buyer("100.00 100.00 100.00")
    run = ask_for_figures(by=cast.partner, on=ON, at=timezone.now())
    assert do_run(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.done_count, run.total_count) == (JobRun.State.DONE, 5, 5)
    assert run.message == "1 client valued."


def test_asking_twice_gives_the_run_that_waits(cast: Cast) -> None:
    first = ask_for_figures(by=cast.partner, on=ON, at=timezone.now())
    assert ask_for_figures(by=cast.manager, on=ON, at=timezone.now()) == first


def test_running_a_day_twice_leaves_the_same_rows(cast: Cast) -> None:
    make_buyer("100.00 100.00 100.00")
    for _time in range(2):
        do_run(ask_for_figures(by=cast.partner, on=ON, at=timezone.now()).pk, at=timezone.now())
        assert rows() == (1, 1, 15)  # three bases today and the ends of twelve months


def test_the_night_does_the_figures_once_a_day() -> None:
    start_job(FIGURES, as_of="2026-11-26")
    start_job(FIGURES, as_of="2026-11-26")
    assert JobRun.objects.filter(job=FIGURES).count() == 1


def test_a_failure_in_the_middle_is_told_and_leaves_no_half_of_a_figure(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the worker died")

    make_buyer("100.00 100.00 100.00")
    run = ask_for_figures(by=cast.partner, on=ON, at=timezone.now())
    with monkeypatch.context() as broken:
        broken.setattr("loyalty.services.nps.write_figures", die)
        with pytest.raises(RuntimeError):
            do_run(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert (run.state, run.done_count) == (JobRun.State.FAILED, 1)
    assert rows() == (1, 0, 0)
    again = ask_for_figures(by=cast.partner, on=ON, at=timezone.now())
    assert do_run(again.pk, at=timezone.now())
    assert rows() == (1, 1, 15)


def test_a_survey_is_sent_as_a_job_and_beat_drains_what_is_left(cast: Cast) -> None:
    for _client in range(3):
        make_contact(make_client())
    survey = make_survey(by=cast.partner)
    start_survey(survey, at=timezone.now(), on=timezone.localdate())
    run = ask_for_sending(survey, by=cast.partner, on=ON, at=timezone.now())
    do_run(run.pk, at=timezone.now())
    run.refresh_from_db()
    assert (run.done_count, run.total_count, run.message) == (3, 3, "3 mails sent.")
    send_surveys()
    remind_survey_people()
    assert len(mail.outbox) == 3


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert named <= set(app.tasks)
    assert {"loyalty.tasks.send_surveys", "loyalty.tasks.remind_survey_people"} <= named
