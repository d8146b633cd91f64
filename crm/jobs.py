"""Background jobs with progress that a person can read: at most one run at a time per (job, subject, as-of day).

The row is the outbox: asking for a run writes a row, and a worker begins it. A lost message loses nothing, because
beat begins waiting rows as well; a worker that dies leaves a row without a heartbeat, which is closed as failed and
asked for again.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from celery import Task, current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.db import worded
from crm.models import JobRun, User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FORGOTTEN_AFTER = timedelta(minutes=10)
WAITING_AFTER = timedelta(minutes=1)
MOST_TRIES = 3
"""A job that kills its worker every time is left to a person after so many runs."""
log = logging.getLogger(__name__)


class RunTakenOverError(RuntimeError):
    """The run was given up meanwhile and another one does its work: this one has to stop."""


class Progress:
    """What a job tells while it works; keep it outside of transactions, or nobody sees it before they end.

    Each sign of life raises RunTakenOverError in a worker that was silent for so long that it was thought dead.
    """

    def __init__(self, run: JobRun) -> None:
        self.run = run
        self.as_of_on = run.as_of_on
        self.subject = run.subject

    def expect(self, total: int) -> None:
        self._write(total_count=total, done_count=0)

    def advance(self, by: int = 1) -> None:
        self._write(done_count=self.run.done_count + by)

    def warn(self, text: object) -> None:
        self._write(warnings=[*self.run.warnings, str(text)])

    def conclude(self, text: object) -> None:
        """One sentence for the list of runs."""
        self._write(message=str(text))

    def _write(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self.run, name, value)
        ours = JobRun.objects.filter(pk=self.run.pk).exclude(state=JobRun.State.FAILED)
        if not ours.update(beat_at=Now(), **values):
            raise RunTakenOverError(self.run.job)


@dataclass(frozen=True, slots=True)
class Job:
    """`work` may run twice for the same day and must leave the same rows; `subjects` says in words what runs are of."""

    code: str
    label: "str | _StrPromise"
    work: Callable[[Progress], None]
    subjects: "Mapping[str, str | _StrPromise]" = field(default_factory=dict)


JOBS: dict[str, Job] = {}


def register_job(job: Job) -> None:
    """From an app's `ready()`."""
    JOBS[job.code] = job


def ask_job(job: str, *, as_of_on: date, by: User | None, at: datetime, subject: str = "") -> JobRun:
    """A run that waits for a worker. Raises ValidationError `already_running` while one waits or runs."""
    with worded():
        return JobRun.objects.create(job=job, subject=subject, as_of_on=as_of_on, asked_by=by, asked_at=at)


def claim_job(job: str, *, as_of_on: date, at: datetime, subject: str = "") -> JobRun | None:
    """The scheduled run of a day, once: None when it waits, runs or is done already."""
    earlier = JobRun.objects.filter(job=job, subject=subject, as_of_on=as_of_on)
    if earlier.exclude(state=JobRun.State.FAILED).exists():
        return None
    try:
        return ask_job(job, as_of_on=as_of_on, by=None, at=at, subject=subject)
    except ValidationError:
        return None  # somebody claimed it between the question and the answer


def begin_run(run_id: int, *, at: datetime) -> JobRun | None:
    """The waiting run, now running; None when another worker has begun it."""
    waiting = JobRun.objects.filter(pk=run_id, state=JobRun.State.QUEUED)
    if not waiting.update(state=JobRun.State.RUNNING, started_at=at, beat_at=at):
        return None
    return JobRun.objects.get(pk=run_id)


def do_run(run_id: int, *, at: datetime) -> bool:
    """Begins and does the run; says whether it was ours to do. An error is kept on the row and raised again."""
    run = begin_run(run_id, at=at)
    if run is None:
        return False
    job = JOBS.get(run.job)
    with _recorded(run):
        if job is None:
            raise LookupError(_("Nobody knows the job “%(job)s”.") % {"job": run.job})
        job.work(Progress(run))
    return True


@contextmanager
def _recorded(run: JobRun) -> Iterator[None]:
    row = JobRun.objects.filter(pk=run.pk, state=JobRun.State.RUNNING)
    try:
        yield
    except Exception as exc:
        message = f"{type(exc).__name__}: {exc}"[:1000]
        row.update(state=JobRun.State.FAILED, finished_at=Now(), beat_at=Now(), message=message)
        raise
    row.update(state=JobRun.State.DONE, finished_at=Now(), beat_at=Now())


def retry_forgotten(*, at: datetime) -> int:
    """Fails the runs whose worker has been silent for ten minutes and asks for each again; says how many it found."""
    silent = JobRun.objects.running().filter(beat_at__lt=at - FORGOTTEN_AFTER)
    return sum(_retry(run, at=at) for run in silent.order_by("asked_at", "pk"))


@transaction.atomic
def _retry(run: JobRun, *, at: datetime) -> bool:
    """False when the worker, or another sweeper, was faster. The new row waits, and beat begins it."""
    again = run.tries < MOST_TRIES
    message = (
        _("The worker stopped in the middle; the job is begun again.")
        if again
        else _("The worker stopped in the middle.")
    )
    still = JobRun.objects.running().filter(pk=run.pk, beat_at=run.beat_at)
    if not still.update(state=JobRun.State.FAILED, finished_at=at, message=message):
        return False
    if again:
        same = {"job": run.job, "subject": run.subject, "as_of_on": run.as_of_on, "asked_by_id": run.asked_by_id}
        JobRun.objects.create(**same, asked_at=at, tries=run.tries + 1)
    return True


def waiting_runs(*, at: datetime) -> list[int]:
    """Runs whose message seems lost."""
    waiting = JobRun.objects.filter(state=JobRun.State.QUEUED, asked_at__lt=at - WAITING_AFTER)
    return list(waiting.order_by("asked_at").values_list("pk", flat=True))


def enqueue(task: "Task[..., Any] | str", *args: int | str) -> None:
    """Calls a task once the transaction commits; a broker that is gone never fails the request.

    What is to be done stands in rows, and beat drains them: the message only makes it soon.
    """
    transaction.on_commit(partial(_send, task, args))


def _send(task: "Task[..., Any] | str", args: tuple[int | str, ...]) -> None:
    try:
        if isinstance(task, str):
            current_app.send_task(task, args=args, retry=False)
        else:
            task.apply_async(args=args, retry=False)
    except Exception as exc:  # whatever a broker can raise
        log.warning("The broker does not answer; %s waits for its schedule: %s", task, exc)
