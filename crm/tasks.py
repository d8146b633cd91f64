"""Celery edges of the foundation: each may run twice."""

from datetime import date, timedelta

from celery import shared_task
from django.utils import timezone

from crm import health, jobs, people
from crm.models import IdempotencyKey
from crm.webhooks import outbox, sending

KEYS_KEPT = timedelta(hours=24)


@shared_task
def run_job(run_id: int) -> None:
    jobs.do_run(run_id, at=timezone.now())


@shared_task
def start_job(code: str, as_of: str = "", subject: str = "") -> None:
    """The scheduled run of a job as of a day (ISO), today's by default."""
    now = timezone.now()
    on = date.fromisoformat(as_of) if as_of else timezone.localdate()
    run = jobs.claim_job(code, as_of_on=on, at=now, subject=subject)
    if run is not None:
        jobs.do_run(run.pk, at=now)


@shared_task
def give_sign() -> None:
    """Tells `/healthz/` that beat asks and a worker answers."""
    health.give_sign(at=timezone.now())


@shared_task
def begin_waiting_jobs() -> None:
    """Drains the outbox of runs; a row that another worker has begun is passed over."""
    for run_id in jobs.waiting_runs(at=timezone.now()):
        run_job.delay(run_id)


@shared_task
def retry_forgotten_jobs() -> None:
    jobs.retry_forgotten(at=timezone.now())


@shared_task
def forget_old_answers() -> None:
    """Answers to idempotency keys are kept for a day."""
    IdempotencyKey.objects.filter(started_at__lt=timezone.now() - KEYS_KEPT).delete()


@shared_task
def send_invitations() -> None:
    """Drains the invitations that wait on people's rows."""
    people.send_invitations(at=timezone.now())


@shared_task
def tell_webhooks() -> None:
    """Makes the messages that are missing from the trail, then tries those that are due."""
    outbox.collect_events(at=timezone.now())
    sending.send_deliveries(at=timezone.now())


@shared_task
def forget_old_deliveries() -> None:
    outbox.forget_old_deliveries(at=timezone.now())
