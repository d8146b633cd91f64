"""A logged call or meeting as time, by one click: once for each person who took part, whatever is clicked twice."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from billing.models import TimeEntry
from billing.services.quick_entry import engagement_of
from billing.services.time import log_entry
from clients.models import Client, Contact, Interaction
from clients.reports.timeline import title_of
from crm.models import User

SOURCE = "interaction"


def log_touch(row: Interaction, *, by: User, at: datetime) -> TimeEntry:
    """The person's entry for the contact; the second click gives the one that stands.

    Its text names kind and people in the client's language, because clients read it on statements; the summary is
    ours. ValidationError `minutes_range` where no minutes were noted, and those of `log_entry`.
    """
    if (standing := touch_entries(by, [row.pk]).get(row.pk)) is not None:
        return standing
    if not row.minutes:
        raise ValidationError(_("Note first how many minutes it took."), code="minutes_range")
    try:
        return log_entry(_entry_of(row, by), by=by, at=at)
    except ValidationError as refused:
        if getattr(refused, "code", "") != "external_id_taken":
            raise
        return touch_entries(by, [row.pk])[row.pk]


def touch_entries(user: User, ids: Collection[int]) -> dict[int, TimeEntry]:
    """What the person has logged of these interactions, by their id."""
    keys = {_key(pk, user): pk for pk in ids}
    found = TimeEntry.objects.filter(external_source=SOURCE, external_id__in=keys)
    return {keys[entry.external_id]: entry for entry in found}


def _entry_of(row: Interaction, user: User) -> TimeEntry:
    client = row.client.holder
    with translation.override(client.language):
        description = title_of(row)
    return TimeEntry(
        employee=user,
        client=client,
        engagement=engagement_of(user, client),
        contact=_asker(row, client),
        worked_on=timezone.localdate(row.occurred_at),
        minutes=row.minutes or 0,
        description=description[:1000],
        external_source=SOURCE,
        external_id=_key(row.pk, user),
    )


def _asker(row: Interaction, client: Client) -> Contact | None:
    """Who asked for it, where only one person of the client was there."""
    there = list(row.contacts.filter(client=client)[:2])
    return there[0] if len(there) == 1 else None


def _key(interaction: int, user: User) -> str:
    return f"{interaction}:{user.pk}"
