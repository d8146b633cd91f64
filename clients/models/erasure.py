"""Requests of people to be erased, and the receipt of what went and what has to stay (GDPR 17, 152-FZ 21)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.feedback import Channel
from crm.access import Role
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User

ANSWER_DAYS = 30
"""GDPR 12 (3) gives a month, 152-FZ 21 (5) thirty days."""


class ErasureQuery(Query["Erasure"]):
    def visible_to(self, user: "User") -> Self:
        """A partner sees every request, others those of people at clients that they keep, and what they noted."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | Q(noted_by=user))

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)

    def waiting(self) -> Self:
        return self.filter(state=Erasure.State.ASKED)


class Erasure(Record):
    """Noted by whoever keeps the client, carried out by a partner. It holds no words, so it never names the person.

    `receipt`: `gone` (kind of thing: rows), `mentions` (rows in which the name was replaced), `trail` (entries of the
    trail), `kept` (`{model, id, title, until_on}`).
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked for")
        DONE = "done", _("erased")
        WITHDRAWN = "withdrawn", _("taken back")

    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="erasures", verbose_name=_("whom it concerns")
    )
    client = models.ForeignKey(
        Client, models.SET_NULL, null=True, editable=False, related_name="erasures", verbose_name=_("client")
    )
    asked_on = models.DateField(_("asked on"))
    channel = models.CharField(_("asked by"), max_length=7, choices=Channel.choices, default=Channel.EMAIL)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASKED, editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("noted by"), editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("decided by"),
        editable=False,
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    receipt = models.JSONField(_("receipt"), default=dict, editable=False)

    objects = ErasureQuery.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(state="asked"),
                name="erasure_asked_once",
                violation_error_message=_("It is on record already that this person asks to be erased."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None, decided_by=None)
                | (~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="erasure_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="done") | Q(receipt={}),
                name="erasure_receipt_when_done",
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_on"], name="erasure_by_state")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def due_on(self) -> date:
        return self.asked_on + timedelta(days=ANSWER_DAYS)
