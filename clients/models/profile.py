"""The business profile: what a client wants, what binds it, how it decides, why it chose us, and whom else it knows."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User

PARTS = ("goals", "priorities", "constraints", "decides", "why_us")
LENGTH = 2000


class OfClientQuery[M: models.Model](Query[M]):
    """Whoever sees a client in full, because they keep it or work for it, knows it and writes it down."""

    def visible_to(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.open_to(user))

    def changeable_by(self, user: "User") -> Self:
        return self.visible_to(user)


class ProfileQuery(OfClientQuery["BusinessProfile"]):
    def stale(self, *, on: date) -> Self:
        return self.filter(stale_on__lte=on)


class BusinessProfile(Record):
    """One for each client; from `stale_on` on somebody should ask the client again."""

    client = models.OneToOneField(Client, models.CASCADE, related_name="business_profile", verbose_name=_("client"))
    goals = models.TextField(_("goals"), max_length=LENGTH, blank=True)
    priorities = models.TextField(_("priorities"), max_length=LENGTH, blank=True)
    constraints = models.TextField(_("constraints"), max_length=LENGTH, blank=True)
    decides = models.TextField(_("how they decide"), max_length=LENGTH, blank=True)
    why_us = models.TextField(_("why us"), max_length=LENGTH, blank=True)
    reviewed_on = models.DateField(_("true as of"))
    stale_on = models.DateField(_("ask again on"))
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by"), editable=False
    )

    objects = ProfileQuery.as_manager()

    class Meta:
        verbose_name = _("business profile")
        verbose_name_plural = _("business profiles")
        ordering = ["client_id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(goals="", priorities="", constraints="", decides="", why_us=""),
                name="profile_says_something",
                violation_error_message=_("Write at least one thing that we know of the client."),
            ),
            models.CheckConstraint(
                condition=Q(stale_on__gt=F("reviewed_on")),
                name="profile_grows_stale_later",
                violation_error_message=_("It grows stale after the day on which it was true."),
            ),
        ]
        indexes = [models.Index(fields=["stale_on"], name="profile_by_staleness")]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.client}"

    def is_stale(self, *, on: date) -> bool:
        return self.stale_on <= on


class CompetitorQuery(OfClientQuery["CompetitorSeen"]):
    pass


class CompetitorSeen(Record):
    """Somebody else who works there or was asked; each sighting has its day."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="competitors_seen", verbose_name=_("client"))
    name = models.CharField(_("competitor"), max_length=120)
    seen_on = models.DateField(_("seen on"))
    note = models.CharField(_("what they do there"), max_length=300, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = CompetitorQuery.as_manager()

    class Meta:
        verbose_name = _("competitor seen")
        verbose_name_plural = _("competitors seen")
        ordering = ["-seen_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "name", "seen_on"],
                name="competitor_seen_once",
                violation_error_message=_("This is on record for this day already."),
                violation_error_code="unique",
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.name
