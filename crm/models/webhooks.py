"""Webhooks: who outside is told of what, and the outbox of what they are told."""

import base64
import secrets
import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.db import Query, Record, audited

SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix of the standard, no secret)
SECRET_BYTES = 24


def new_secret() -> str:
    """A key of 24 random bytes as the Standard Webhooks specification writes it."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


class WebhookQuery(Query["Webhook"]):
    def listening(self) -> Self:
        return self.filter(paused_at=None)


class Webhook(Record):
    """An address that hears of events; `secret` signs every message and is shown only when it is made."""

    url = models.URLField(_("address"), max_length=300)
    events = ArrayField(models.CharField(max_length=60), verbose_name=_("events"))
    secret = models.CharField(max_length=120, default=new_secret)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    paused_at = models.DateTimeField(_("paused at"), null=True, blank=True, editable=False)
    paused_because = models.CharField(_("why it is paused"), max_length=300, blank=True, default="", editable=False)

    objects = WebhookQuery.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(events__len__gt=0),
                name="webhook_has_events",
                violation_error_message=_("Choose at least one event."),
            ),
        ]
        triggers = audited("secret")

    def __str__(self) -> str:
        return self.url

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None


class WebhookReading(models.Model):
    """Up to when a webhook has read the audit trail; beside it, because reading is no change of the webhook."""

    webhook = models.OneToOneField(Webhook, models.CASCADE, primary_key=True, related_name="reading")
    read_until = models.DateTimeField()


class MessageQuery(Query["WebhookDelivery"]):
    def due(self, *, at: datetime) -> Self:
        """Waiting for their next try, on webhooks that listen."""
        waiting = self.filter(state=WebhookDelivery.State.WAITING, next_try_at__lte=at)
        return waiting.filter(webhook__in=Webhook.objects.listening())


class WebhookDelivery(models.Model):
    """One message to one address: the row is the outbox and says what came of it.

    `entry_id` is the row of the audit trail that it tells of (0 for a test); a message is made once for each.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    event = models.CharField(_("event"), max_length=60)
    entry_id = models.BigIntegerField(default=0)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField(_("made at"))
    tries = models.SmallIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    status_code = models.SmallIntegerField(_("status"), null=True)
    answer = models.CharField(_("answer"), max_length=300, blank=True, default="")

    objects = MessageQuery.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "entry_id", "event"], condition=~Q(entry_id=0), name="webhook_tells_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(next_try_at__isnull=False), name="webhook_waits_for_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="webhook_due"),
            models.Index(F("webhook"), F("id").desc(), name="webhook_newest"),
        ]
