"""The running timer; what it measures becomes a time entry when it stops."""

from django.conf import settings
from django.db import models

from billing.models.engagements import Engagement
from clients.models import Client


class Timer(models.Model):
    """The running timer: one per person; survives a restart and a second device."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="timer", primary_key=True)
    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    engagement = models.ForeignKey(Engagement, models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=1000, blank=True)
    started_at = models.DateTimeField()
