"""Handing work to the background: after commit, and never at the cost of the page."""

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def enqueue(task: "Task[Any, Any]", *ids: object) -> None:
    """Sends the task once the transaction is committed. With the broker gone the page still answers: the rows are
    the queue, and beat drains them when it is back."""
    transaction.on_commit(lambda: _send(task, ids))


def _send(task: "Task[Any, Any]", ids: tuple[object, ...]) -> None:
    try:
        task.delay(*ids)
    except (OperationalError, OSError):
        log.warning("The broker is gone; %s waits for beat.", task.name)
