"""A word to the client about hours just drawn ("0:30 used, 7.0 h left"); the row is its outbox."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext_lazy as _

from billing.models.time import TimeEntry
from clients.models import Client, Contact
from crm.db import MinutesField, Query, Record, audited, frozen_when

if TYPE_CHECKING:
    from crm.models import User

WORDS = ["client_id", "recipient", "language", "worked_on", "description", "used_minutes", "left_minutes"]
OLD_WORDS, NEW_WORDS = (", ".join(f"{row}.{name}" for name in WORDS) for row in ("OLD", "NEW"))
CHANGED_WORDS = pgtrigger.Condition(f"OLD.id IS NOT NULL AND ({OLD_WORDS}) IS DISTINCT FROM ({NEW_WORDS})")
LEFT = pgtrigger.Condition("OLD.mailed_at IS NOT NULL")


class HourMessageQuery(Query["HourMessage"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(entry__in=TimeEntry.objects.visible_to(user))

    def unmailed(self, *, at: datetime) -> Self:
        """Messages whose time to be taken back is over and that have not left yet."""
        return self.filter(mailed_at=None, send_at__lte=at)


class HourMessage(Record):
    """What the client is told of one entry: said once, in the contact's language, taken back until `send_at`."""

    entry = models.OneToOneField(TimeEntry, models.SET_NULL, null=True, related_name="hour_message")
    client = models.ForeignKey(Client, models.PROTECT, related_name="hour_messages", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="hour_messages", verbose_name=_("contact")
    )
    recipient = models.EmailField(_("sent to"))
    language = models.CharField(_("language"), max_length=2)
    worked_on = models.DateField(_("worked on"))
    description = models.CharField(_("what was done"), max_length=1000, blank=True)
    used_minutes = MinutesField(_("used"))
    left_minutes = MinutesField(_("left"))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    send_at = models.DateTimeField(_("leaves at"))
    mailed_at = models.DateTimeField(_("sent at"), null=True, editable=False)
    mail_error = models.CharField(_("last failure"), max_length=200, blank=True, editable=False)

    objects = HourMessageQuery.as_manager()

    class Meta:
        verbose_name = _("message about hours")
        verbose_name_plural = _("messages about hours")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(used_minutes__gt=0), name="hour_message_of_a_draw")]
        triggers = [
            *audited(),
            frozen_when(CHANGED_WORDS, operations=[pgtrigger.Update]),
            frozen_when(LEFT, name="sent", operations=[pgtrigger.Delete]),
        ]

    def __str__(self) -> str:
        return self.recipient


def addressees(client: Client) -> models.QuerySet[Contact]:
    """People of the client who can be mailed: who was told last first, then who pays, then by name."""
    last = HourMessage.objects.filter(client=client, contact__isnull=False).values("contact")[:1]
    pays = When(buying_role__in=[Contact.BuyingRole.CUSTOMER, Contact.BuyingRole.BOTH], then=Value(1))
    place = Case(When(pk__in=last, then=Value(0)), pays, default=Value(2))
    return Contact.objects.here().filter(client=client).exclude(email="").order_by(place, *Contact._meta.ordering or ())
