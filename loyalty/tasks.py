"""Celery edges of loyalty: each takes ids or nothing, makes one service call and may run twice."""

from datetime import date

from celery import shared_task
from django.utils import timezone

from loyalty.services.concentration import refresh_concentration
from loyalty.services.nps import refresh_nps
from loyalty.services.values import refresh_values


@shared_task
def refresh_figures(as_of: str | None = None) -> None:
    """Value, NPS and concentration as of a day (ISO), today's by default."""
    on = date.fromisoformat(as_of) if as_of else timezone.localdate()
    refresh_values(on=on)
    refresh_nps(on=on)
    refresh_concentration(on=on)
