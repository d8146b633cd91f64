"""Real processes at the wrong moment: a page while the broker is gone, a worker killed in the middle of a job."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone

from billing.models import Invoice
from crm.jobs import ask_job, retry_forgotten
from crm.launch.broker import Broker, start_broker
from crm.launch.children import Child, start_child
from crm.launch.places import ROOT, Places
from crm.models import JobRun
from crm.periods import month_start
from tests.make import make_cast
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db(transaction=True)

JOB = "clients_nightly"
PRESS = f"""
from django.test import Client
from crm.models import User
browser = Client()
browser.force_login(User.objects.get(username="irina"))
print(browser.post("/settings/jobs/{JOB}/run/", headers={{"Host": "127.0.0.1"}}).status_code)
"""


def environment(broker: Broker) -> dict[str, str]:
    """That of the product, on the test's database and this broker."""
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    return {**os.environ, "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}", "REDIS_URL": broker.url}


def start_worker(broker: Broker, places: Places, name: str, *, hands: int = 1) -> Child:
    command = [sys.executable, "-m", "celery", "-A", "crm", "worker", "-c", str(hands), "--loglevel", "INFO"]
    return start_child(name, command, environment=environment(broker), log=places.log(name))


def send(broker: Broker, task: str, *arguments: int) -> None:
    Celery(broker=broker.url, set_as_current=False).send_task(task, args=arguments)


def wait_for(happened: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_page_saves_while_the_broker_is_gone_and_the_job_runs_when_it_is_back(places: Places) -> None:
    make_cast()
    broker = start_broker(places, environment=os.environ)
    broker.child.stop()
    pressed = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", PRESS],
        cwd=ROOT, env=environment(broker), capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert pressed.stdout.split()[-1] == "302", pressed.stderr
    assert JobRun.objects.get().state == JobRun.State.QUEUED

    JobRun.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
    back = start_broker(places, environment=os.environ, port=int(broker.url.split(":")[2].split("/")[0]))
    worker = start_worker(back, places, "worker")
    try:
        send(back, "crm.tasks.begin_waiting_jobs")  # as beat does every minute
        wait_for(lambda: JobRun.objects.get().state == JobRun.State.DONE)
    finally:
        worker.stop(patience=5)
        back.child.stop()


def test_a_worker_killed_in_the_middle_of_a_job_is_done_by_another(places: Places) -> None:
    broker = start_broker(places, environment=os.environ)
    first = start_worker(broker, places, "first")
    run = ask_job(JOB, as_of_on=timezone.localdate(), by=None, at=timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE clients_client IN ACCESS EXCLUSIVE MODE")
        send(broker, "crm.tasks.run_job", run.pk)
        wait_for(lambda: JobRun.objects.get().state == JobRun.State.RUNNING)
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
    with pytest.raises(ValidationError) as refused:
        ask_job(JOB, as_of_on=timezone.localdate(), by=None, at=timezone.now())
    assert refused.value.messages
    JobRun.objects.update(beat_at=timezone.now() - timedelta(minutes=11))
    assert retry_forgotten(at=timezone.now()) == 1
    JobRun.objects.filter(state=JobRun.State.QUEUED).update(asked_at=timezone.now() - timedelta(minutes=2))

    second = start_worker(broker, places, "second")
    try:
        send(broker, "crm.tasks.begin_waiting_jobs")  # as beat does every minute
        wait_for(lambda: JobRun.objects.latest("pk").state == JobRun.State.DONE)
        assert JobRun.objects.get(pk=run.pk).state == JobRun.State.FAILED
    finally:
        second.stop(patience=5)
        broker.child.stop()


def test_the_fee_that_the_schedule_names_is_drafted_once_though_two_workers_take_it_at_once(places: Places) -> None:
    """Job 4: the task that beat sends every morning, sent twice to a real worker with two hands."""
    cast = make_cast()
    retainer = make_retainer(starts_on=month_start(timezone.localdate()), lead=cast.partner)
    broker = start_broker(places, environment=os.environ)
    worker = start_worker(broker, places, "worker", hands=2)
    task = str(settings.CELERY_BEAT_SCHEDULE["draft-due-fees"]["task"])
    try:
        for _ in range(2):
            send(broker, task)
        wait_for(lambda: worker.log.read_text().count(f"Task {task}") >= 4)  # received and succeeded, twice each
    finally:
        worker.stop(patience=5)
        broker.child.stop()
    draft = Invoice.objects.get()
    assert (draft.client, draft.status, draft.gross_amount) == (retainer.client, "draft", retainer.monthly_fee)
