"""The outbox: messages made from the trail, once each, and what a person may do with them."""

import json
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction

from crm.models import AuditEntry, Webhook, WebhookDelivery, WebhookReading
from crm.webhooks.events import Event, all_events

LOOKBACK = timedelta(hours=1)
"""How long a transaction may last and still be told of: the trail is read again from so long ago."""

REMEMBERED = timedelta(minutes=10)
"""How far the kept moment of the last reading may lag, so that it is not written every few seconds."""

KEPT = timedelta(days=30)
PING = "ping"


def collect_events(*, at: datetime) -> int:
    """Makes the messages that are missing; says how many. Safe to run twice and at once."""
    listening = list(Webhook.objects.listening().select_related("reading"))
    rows = [row for webhook in listening for row in _missing(webhook, at=at)]
    made = WebhookDelivery.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    for webhook in listening:
        _remember(webhook, at=at)
    return len(made)


def _missing(webhook: Webhook, *, at: datetime) -> Iterator[WebhookDelivery]:
    events = [event for code, event in all_events().items() if code in webhook.events]
    told = WebhookDelivery.objects.filter(webhook=webhook, entry_id=models.OuterRef("pk"))
    entries = AuditEntry.objects.filter(at__gt=_since(webhook, at), table_name__in={event.table for event in events})
    untold = list(entries.exclude(models.Exists(told)).order_by("pk"))
    for event in events:
        yield from (message(webhook, event.code, at=at, entry=entry, event=event) for entry in event.choose(untold))


def _since(webhook: Webhook, at: datetime) -> datetime:
    """From where it reads: an hour before it read last, however long no worker ran or the webhook was paused.

    Never from so long ago that messages of then are forgotten, which would be told twice.
    """
    reading = _reading(webhook)
    known = reading.read_until - LOOKBACK if reading else webhook.created_at
    return max(webhook.created_at, known, at - KEPT)


def _remember(webhook: Webhook, *, at: datetime) -> None:
    reading = _reading(webhook)
    if reading is None or at - reading.read_until > REMEMBERED:
        WebhookReading.objects.update_or_create(webhook=webhook, defaults={"read_until": at})


def _reading(webhook: Webhook) -> WebhookReading | None:
    return getattr(webhook, "reading", None)


def message(
    webhook: Webhook, code: str, *, at: datetime, entry: AuditEntry | None = None, event: Event | None = None
) -> WebhookDelivery:
    """A message, not yet written; without an entry it is a test."""
    key = uuid4()
    said = {"id": str(key), "type": code, "timestamp": _moment(entry.at if entry else at), "data": _data(entry, event)}
    return WebhookDelivery(
        webhook=webhook,
        message_id=key,
        event=code,
        entry_id=entry.pk if entry else 0,
        body=json.dumps(said),
        made_at=at,
        next_try_at=at,
    )


def _data(entry: AuditEntry | None, event: Event | None) -> dict[str, object]:
    """Ids and addresses alone: what the object says is read through the API, with the reader's rights."""
    if entry is None or event is None:
        return {}
    path = f"/api/v1/{event.resource}/{entry.object_id}/"
    return {"resource": event.resource, "id": entry.object_id, "url": f"{settings.BASE_URL}{path}"}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def send_test(webhook: Webhook, *, at: datetime) -> WebhookDelivery:
    row = message(webhook, PING, at=at)
    row.save()
    return row


@transaction.atomic
def replay(ids: Collection[int], *, at: datetime) -> int:
    """Sends messages again, under the same id, with all their tries anew; says how many."""
    rows = WebhookDelivery.objects.filter(pk__in=ids)
    return rows.update(state=WebhookDelivery.State.WAITING, tries=0, next_try_at=at)


def pause_webhook(webhook: Webhook, *, because: str, at: datetime) -> None:
    """Nothing is sent while it is paused; what has come up waits. Pausing twice keeps the first reason."""
    rows = Webhook.objects.listening().filter(pk=webhook.pk)
    rows.update(paused_at=at, paused_because=because[:300])


def resume_webhook(webhook: Webhook) -> None:
    Webhook.objects.filter(pk=webhook.pk).update(paused_at=None, paused_because="")


def forget_old_deliveries(*, at: datetime) -> int:
    """Delivered and given-up messages are kept for thirty days."""
    done = WebhookDelivery.objects.exclude(state=WebhookDelivery.State.WAITING)
    return done.filter(made_at__lt=at - KEPT).delete()[0]
