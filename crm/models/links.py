"""Signed links for people without a login: random, stored hashed, revocable, each opening logged.

A GET never changes anything, because mail scanners follow links; only a POST acts.
"""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.db import Query, append_only


class LinkQuery(Query["SignedLink"]):
    def usable(self, *, at: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=at)


class SignedLink(models.Model):
    """`subject_id` is the row of the thing named by `purpose`; the secret itself is never stored."""

    class Purpose(models.TextChoices):
        OFFER = "offer", _("accept an offer")
        HANDOVER = "handover", _("acknowledge a handover")
        STATEMENT = "statement", _("see a package statement")
        INVOICE = "invoice", _("see an invoice")
        SURVEY = "survey", _("answer a survey")
        INVITATION = "invitation", _("join the firm")
        CALENDAR = "calendar", _("read a calendar")

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    subject_id = models.BigIntegerField()
    recipient = models.CharField(_("recipient"), max_length=254, blank=True, default="")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    objects = LinkQuery.as_manager()

    class Meta:
        indexes = [models.Index(fields=["purpose", "subject_id"], name="link_by_subject")]


class LinkOpening(models.Model):
    link = models.ForeignKey(SignedLink, models.PROTECT, related_name="openings")
    at = models.DateTimeField()
    method = models.CharField(max_length=4)
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300)

    class Meta:
        triggers = [append_only()]
