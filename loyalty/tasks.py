"""Celery edges of loyalty: each takes ids or nothing, makes one service call and may run twice."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from crm.jobs import enqueue
from loyalty.services.concentration import refresh_concentration
from loyalty.services.nps import refresh_nps
from loyalty.services.surveys import send_invitations, send_reminders
from loyalty.services.values import refresh_values


@shared_task
def refresh_figures(as_of: str | None = None) -> None:
    """Value, NPS and concentration as of a day (ISO), today's by default."""
    on = date.fromisoformat(as_of) if as_of else timezone.localdate()
    refresh_values(on=on)
    refresh_nps(on=on)
    refresh_concentration(on=on)


@shared_task
def send_surveys() -> None:
    """Drains the outbox of invitations; beat calls it too, so a lost message only delays."""
    send_invitations(at=timezone.now())


@shared_task
def remind_survey_people() -> None:
    send_reminders(at=timezone.now())


def enqueue_refresh() -> None:
    enqueue(refresh_figures)


def enqueue_sending() -> None:
    enqueue(send_surveys)
