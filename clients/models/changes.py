"""History of tiers and statuses: who confirmed which change, when and why."""

from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.firm import Tier
from crm.db import Query, append_only


class TierChange(models.Model):
    """History of tiers: who confirmed which change, and why."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="tier_changes")
    old = models.CharField(max_length=3, choices=Tier.choices)
    new = models.CharField(max_length=3, choices=Tier.choices)
    reason = models.CharField(_("reason"), max_length=300)
    suggested = models.BooleanField(default=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at"]
        triggers = [append_only("reason")]


class StatusChangeQuery(Query["StatusChange"]):
    def losses(self) -> Self:
        """When clients were called lost, the earliest first; one that came back may have been lost before."""
        return self.filter(new=Client.Status.LOST).order_by("confirmed_on", "pk")


class StatusChange(models.Model):
    """History of statuses; `confirmed_on` is the date that statistics use."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="status_changes")
    old = models.CharField(max_length=8, choices=Client.Status.choices)
    new = models.CharField(max_length=8, choices=Client.Status.choices)
    confirmed_on = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = StatusChangeQuery.as_manager()

    class Meta:
        ordering = ["-made_at"]
        triggers = [append_only("reason")]
