"""Handovers: what the client finishes himself, acknowledged on a link; work that comes back within the year.

Also what is checked before the first delivery: whether what was sold is what the client needs.
"""

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.offers import Offer, OfferSignature
from billing.models.time import TimeEntry
from clients.models import Client
from crm.db import MinutesField, Query, Record, append_only, audited, frozen_when
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User

WORDS = ["done", "not_done", "client_will_finish", "explained_by_id", "explained_on", "explained_to", "document"]

# The client acknowledges these words: they stay as they were sent.
OLD_WORDS, NEW_WORDS = (", ".join(f"{row}.{name}" for name in WORDS) for row in ("OLD", "NEW"))
CHANGED_WORDS = pgtrigger.Condition(f"OLD.id IS NOT NULL AND ({OLD_WORDS}) IS DISTINCT FROM ({NEW_WORDS})")


class HandoverQuery(Query["Handover"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(offer__in=Offer.objects.visible_to(user))

    def unmailed(self) -> Self:
        """Handovers whose mail has not left yet."""
        return self.filter(mailed_at=None).exclude(recipient="")

    def unacknowledged(self) -> Self:
        return self.filter(signature=None)


class Handover(Record):
    """What is done, what is not, and what the client will finish; it closes its offer."""

    class Level(models.TextChoices):
        OUTLINE = "outline", _("one sentence")
        FULL = "full", _("in full")

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="handover")
    level = models.CharField(max_length=7, choices=Level.choices, default=Level.FULL)
    done = models.TextField(_("what is done"), max_length=5000)
    not_done = models.TextField(_("what is not done"), max_length=5000, blank=True)
    client_will_finish = models.TextField(_("what the client will finish"), max_length=5000, blank=True)
    explained_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("explained by")
    )
    explained_on = models.DateField(_("explained on"))
    explained_to = models.CharField(_("explained to"), max_length=160, blank=True)
    used_minutes = MinutesField(_("used"))
    released_minutes = MinutesField(_("released"))
    document = models.JSONField(default=dict, editable=False)
    document_sha256 = models.CharField(max_length=64, editable=False)
    recipient = models.EmailField(_("sent to"), blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mail_error = models.CharField(max_length=200, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = HandoverQuery.as_manager()

    class Meta:
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(done=""),
                name="handover_says_what_is_done",
                violation_error_message=_("Say what is done."),
            ),
            models.CheckConstraint(
                condition=Q(level="outline") | ~Q(client_will_finish=""),
                name="handover_says_what_is_left",
                violation_error_message=_("Say what the client will finish."),
            ),
            models.CheckConstraint(
                condition=Q(used_minutes__gte=0, released_minutes__gte=0), name="handover_minutes_not_negative"
            ),
        ]
        triggers = [
            *audited("document"),
            frozen_when(CHANGED_WORDS, operations=[pgtrigger.Update]),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.offer)


class HandoverSignature(models.Model):
    """The client acknowledged: typed name, time, address, user agent and the document's hash."""

    handover = models.OneToOneField(Handover, models.PROTECT, related_name="signature")
    by_name = models.CharField(_("name"), max_length=160)
    at = models.DateTimeField()
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=300, blank=True)
    document_sha256 = models.CharField(max_length=64)

    class Meta:
        triggers = [append_only()]


class HandoverReturn(models.Model):
    """Work on a scope that was handed over: an open question until somebody says who pays for it."""

    class Choice(models.TextChoices):
        BILLABLE = "billable", _("the client, by a new offer")
        WARRANTY = "warranty", _("we: our error")
        GOODWILL = "goodwill", _("we: goodwill")
        NON_BILLABLE = "non_billable", _("nobody: not billable")

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="returns")
    entry = models.OneToOneField(TimeEntry, models.CASCADE, related_name="handover_return")
    choice = models.CharField(max_length=12, choices=Choice.choices, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(choice="", decided_by=None, decided_at=None)
                | ~Q(choice="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="handover_return_decided_by_somebody",
            ),
        ]
        triggers = [audit_trail()]


class SignatureFile(models.Model):
    """The paper on which a client decided, scanned by the employee who wrote the decision down."""

    signature = models.OneToOneField(OfferSignature, models.PROTECT, related_name="file")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=80)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        triggers = [append_only()]


class FitCheckQuery(Query["OfferFit"]):
    def mis_sales(self) -> Self:
        return self.filter(fits=False)

    def for_client(self, client: Client) -> Self:
        return self.filter(offer__client=client)


class OfferFit(models.Model):
    """A consultant's word before the first delivery: needs against what was sold; the newest row counts."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="fit_checks")
    needs = models.TextField(_("what the client needs"), max_length=5000)
    fits = models.BooleanField(_("what was sold meets it"))
    finding = models.TextField(_("what does not fit"), max_length=5000, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = FitCheckQuery.as_manager()

    class Meta:
        verbose_name = _("fit check")
        verbose_name_plural = _("fit checks")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(needs=""),
                name="fit_check_says_needs",
                violation_error_message=_("Say what the client needs."),
            ),
            models.CheckConstraint(
                condition=Q(fits=True) | ~Q(finding=""),
                name="fit_check_says_what_does_not_fit",
                violation_error_message=_("Say what does not fit."),
            ),
        ]
        triggers = [append_only(), audit_trail()]
