"""What works, part by part, for whoever watches the product or balances its load.

A database or a broker that does not answer makes it unwell. A silent worker does not: pages work on, rows wait in
their outboxes, and to take the pages away as well would help nobody; it is named all the same.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from celery import current_app
from django.core.cache import cache
from django.db import Error, connection
from kombu.exceptions import OperationalError

SIGN_KEPT = timedelta(minutes=5)
"""The schedule asks for a sign of life every minute."""

SIGN = "worker-sign"


def parts() -> Mapping[str, str]:
    """Each part with `ok` or what is wrong with it."""
    return {"database": _database(), "broker": _broker(), "worker": _worker()}


def is_well(states: Mapping[str, str]) -> bool:
    """Whether pages can be answered and work can be handed on."""
    return states["database"] == states["broker"] == "ok"


def give_sign(*, at: datetime) -> None:
    """From a worker, sent by beat: both live, and so does the broker between them."""
    cache.set(SIGN, at, SIGN_KEPT.total_seconds())


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return "ok"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except (OperationalError, OSError):
        return "does not answer"
    return "ok"


def _worker() -> str:
    return "ok" if cache.get(SIGN) else f"gave no sign of life for {SIGN_KEPT.total_seconds() / 60:.0f} minutes"
