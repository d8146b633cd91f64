"""Acts for a client that a person put away: for a while, or because they do not fit."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from crm.db import Query, Record, audited
from loyalty.rules.next_action import ActKind

if TYPE_CHECKING:
    from crm.models import User


class SkippedActQuery(Query["SkippedAct"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.current().open_to(user))

    def standing(self, *, on: date) -> Self:
        return self.filter(until_on__gt=on)


class SkippedAct(Record):
    """`subject` is the id of the promise, person, contract or package that the act is about; empty if it has none."""

    class Kind(models.TextChoices):
        DUE_PROMISE = ActKind.DUE_PROMISE, _("a promise is due")
        DETRACTOR = ActKind.DETRACTOR, _("a critic waits")
        SILENCE = ActKind.SILENCE, _("silence")
        UNMET_PAYER = ActKind.UNMET_PAYER, _("a payer nobody met")
        RENEWAL = ActKind.RENEWAL, _("a contract ends")
        LOW_PACKAGE = ActKind.LOW_PACKAGE, _("a package runs low")
        MISSING_ANCHOR = ActKind.MISSING_ANCHOR, _("few services used")

    client = models.ForeignKey(Client, models.CASCADE, related_name="skipped_acts", verbose_name=_("client"))
    kind = models.CharField(_("act"), max_length=14, choices=Kind.choices)
    subject = models.CharField(max_length=20, blank=True)
    until_on = models.DateField(_("until"))
    skipped_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = SkippedActQuery.as_manager()

    class Meta:
        verbose_name = _("act put away")
        verbose_name_plural = _("acts put away")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["client", "kind", "subject"], name="skipped_act_once"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.client}, {self.get_kind_display()}"
