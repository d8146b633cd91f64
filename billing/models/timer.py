"""The running timer; what it measures becomes a time entry when it stops."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from billing.models.engagements import Engagement
from clients.models import Client
from crm.db import Query

if TYPE_CHECKING:
    from crm.models import User


class TimerQuery(Query["Timer"]):
    def running_of(self, user: "User") -> "Timer | None":
        return self.select_related("client", "engagement").filter(user=user).first()


class Timer(models.Model):
    """The running timer: one per person; survives a restart and a second device."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="timer", primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    engagement = models.ForeignKey(Engagement, models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=1000, blank=True)
    started_at = models.DateTimeField()

    objects = TimerQuery.as_manager()
