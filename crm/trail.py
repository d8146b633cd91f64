"""Acts that change nothing and yet must be known: exports, openings of private notes."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Cast

from crm.acting import current
from crm.models import AuditEntry


def note_act(
    action: str, subject: models.Model | type[models.Model], *, at: datetime, detail: dict[str, Any] | None = None
) -> None:
    """An audit row written by the application, for the acting person; `subject` is a row, or a table as a whole."""
    acting = current()
    AuditEntry.objects.create(
        at=at,
        actor_id=acting.actor_id,
        origin=acting.origin[:200],
        action=action,
        table_name=subject._meta.db_table,
        object_id=(subject.pk if isinstance(subject, models.Model) else None) or 0,
        new=detail,
    )


def in_json(side: str) -> Cast:
    """The old or new values of an entry as text, for exports."""
    return Cast(side, models.TextField())
