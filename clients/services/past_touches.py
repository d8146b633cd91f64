"""History that was kept elsewhere: touches written in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from clients.models import Contact, Interaction
from clients.services.attention import refresh_attention
from crm.db import worded
from crm.models import User


@dataclass(frozen=True, slots=True)
class PastTouch:
    """A checked interaction that is not saved yet, with who was there."""

    row: Interaction
    employees: Sequence[User]
    contacts: Sequence[Contact]


@transaction.atomic
def write_past_touches(touches: Sequence[PastTouch], *, at: datetime) -> list[Interaction]:
    """Many at once, and the last contact of each client counted once. Summaries come with secrets taken out."""
    with worded():
        rows = Interaction.objects.bulk_create([each.row for each in touches], batch_size=1000)
    _link(Interaction.employees.through, "user_id", [(each.row, each.employees) for each in touches])
    _link(Interaction.contacts.through, "contact_id", [(each.row, each.contacts) for each in touches])
    refresh_attention({row.client_id for row in rows}, at=at)
    return rows


def _link(through: "type[models.Model]", name: str, pairs: Sequence[tuple[Interaction, Sequence[Any]]]) -> None:
    links = (through(interaction_id=row.pk, **{name: one.pk}) for row, many in pairs for one in many)
    through._default_manager.bulk_create(links, batch_size=1000)
