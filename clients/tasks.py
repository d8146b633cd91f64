"""Celery edges of the clients floor: the night's work as a job that a person can watch, and escalations by the hour."""

from datetime import datetime, time

from celery import shared_task
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.documents import digests
from clients.services.escalations import escalate_promises
from clients.services.nightly import STEPS, refresh_clients
from clients.services.notices import collect_notices, mail_notices
from crm.jobs import Job, Progress, register_job

NIGHTLY = "clients_nightly"


def run_nightly(progress: Progress) -> None:
    """As of the end of the asked day when it is past, else as of now."""
    progress.expect(len(STEPS))
    for _step in refresh_clients(at=moment_of(progress)):
        progress.advance()


def moment_of(progress: Progress) -> datetime:
    end = timezone.make_aware(datetime.combine(progress.as_of_on, time.max))
    return min(end, timezone.now())


@shared_task
def escalate_missed_promises() -> None:
    """Every quarter of an hour: a missed second date goes to the executive owner at once."""
    escalate_promises(at=timezone.now())


@shared_task
def tell_people() -> None:
    """Writes the notices that are missing from the trail, then mails those that are to be told at once."""
    collect_notices(at=timezone.now())
    mail_notices(at=timezone.now())


@shared_task
def send_digests() -> None:
    """Drains the digests whose hour has come."""
    digests.send_digests(at=timezone.now())


def register_jobs() -> None:
    """Called when the app is ready."""
    register_job(Job(NIGHTLY, _("Attention, promises, suggestions and birthdays"), run_nightly))
