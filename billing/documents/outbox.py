"""Mails that stand in rows: each is claimed, sent and marked in a transaction of its own, by one worker."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet

ERROR_LENGTH = 200
log = logging.getLogger(__name__)


def send_waiting(waiting: QuerySet[Any], *, write: Callable[[Any], EmailMessage], at: datetime) -> int:
    """Drains an outbox, oldest first; says how many mails left. What could not leave stays for the next time."""
    keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    return sum(send_one(waiting, pk, write=write, at=at) for pk in keys)


@transaction.atomic
def send_one(waiting: QuerySet[Any], pk: int, *, write: Callable[[Any], EmailMessage], at: datetime) -> bool:
    """Mails one row of `waiting`; False if another worker has it, or if it could not leave, which stands on the row."""
    row = waiting.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
    if row is None:
        return False
    try:
        write(row).send()
        row.mailed_at, row.mail_error = at, ""
    except (OSError, ValueError) as error:  # ValueError: an address that no mail can be sent to
        row.mail_error = str(error)[:ERROR_LENGTH]
        log.warning("%s %s could not be mailed: %s", type(row).__name__, row.pk, error)
    row.save(update_fields=["mailed_at", "mail_error"])
    return row.mailed_at is not None
