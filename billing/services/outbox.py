"""Work for the worker, asked for after commit; the rows say what is to be done, so a lost message loses nothing."""

from functools import partial

from celery import current_app
from django.db import transaction


def enqueue(task: str, *args: int | str) -> None:
    """Sends a task by its name once the transaction commits; a broker that is gone never fails the page."""
    transaction.on_commit(partial(current_app.send_task, task, args=args, retry=False), robust=True)
