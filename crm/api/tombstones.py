"""What was deleted, told to integrations that ask what changed since."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from crm.access import Role
from crm.models import Tombstone, User


def tombstones_since(model: type[models.Model], since: datetime, *, user: User) -> list[dict[str, Any]]:
    """`{id, external_source, external_id, deleted_at}` by moment; foreign keys only for those who saw every row."""
    moment = since if timezone.is_aware(since) else timezone.make_aware(since)
    rows = Tombstone.objects.filter(table_name=model._meta.db_table, deleted_at__gt=moment).order_by("deleted_at")
    sees_all = user.is_in(Role.PARTNER, Role.FINANCE)
    return [
        {
            "id": row.object_id,
            "external_source": row.external_source if sees_all else None,
            "external_id": row.external_id if sees_all else None,
            "deleted_at": row.deleted_at,
        }
        for row in rows
    ]
