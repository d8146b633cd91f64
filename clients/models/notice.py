"""Facts that somebody should know: written once, read or not; what is to be done is a task instead."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import Query, Record
from crm.db.triggers import touched

if TYPE_CHECKING:
    from crm.models import User


class NewsQuery(Query["Notice"]):
    def visible_to(self, user: "User") -> Self:
        """One's own; of a client that one sees no longer nothing is told."""
        return self.filter(Q(client=None) | Q(client__in=Client.objects.visible_to(user)), recipient=user)

    def changeable_by(self, user: "User") -> Self:
        return self.filter(recipient=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def unmailed(self) -> Self:
        """Those that are to be mailed at once and were not yet."""
        return self.filter(is_urgent=True, mailed_at=None)


class Notice(Record):
    """`kind` and `source` identify the fact; each person is told of it once, in their language of that moment."""

    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices")
    kind = models.CharField(_("kind"), max_length=40)
    source = models.CharField(_("source"), max_length=80)
    client = models.ForeignKey(Client, models.CASCADE, null=True, blank=True, related_name="notices")
    title = models.CharField(_("what happened"), max_length=200)
    detail = models.CharField(_("more"), max_length=300, blank=True)
    url = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField(_("when"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    is_urgent = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NewsQuery.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "kind", "source"],
                name="notice_once",
                violation_error_message=_("This person was told already."),
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-happened_at"], name="notice_by_recipient"),
            models.Index(fields=["id"], condition=Q(is_urgent=True, mailed_at=None), name="notice_to_mail"),
        ]
        triggers = [touched()]

    def __str__(self) -> str:
        return self.title


class NoticeChoiceQuery(Query["NoticeChoice"]):
    def due(self, *, on: date, hour: int) -> Self:
        """Whose digest of the day is to be sent at this hour of the firm's clock."""
        open_today = Q(digest_sent_on=None) | Q(digest_sent_on__lt=on)
        return self.filter(open_today, wants_digest=True, digest_hour__lte=hour, user__is_active=True)


class NoticeChoice(Record):
    """How one person is told: which kinds by mail at once, and the daily digest at which hour."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choice")
    wants_digest = models.BooleanField(_("daily digest by e-mail"), default=True)
    digest_hour = models.PositiveSmallIntegerField(_("at what hour"), default=7)
    at_once = ArrayField(models.CharField(max_length=40), verbose_name=_("by e-mail at once"), default=list, blank=True)
    digest_sent_on = models.DateField(null=True, blank=True, editable=False)

    objects = NoticeChoiceQuery.as_manager()

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest_hour__range=(0, 23)),
                name="notice_digest_hour_range",
                violation_error_message=_("An hour lies between 0 and 23."),
            ),
        ]
        triggers = [touched()]
