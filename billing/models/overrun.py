"""What was said about an overrun: notices to the client, the forecast of the work, a partner's override.

Every row stands as it was said; the newest one counts, and none reaches back.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.guards import four_eyes
from billing.models.offers import Offer
from billing.models.time import TimeEntry
from clients.models import Contact
from crm.db import MinutesField, PercentField, Query, append_only
from crm.db.triggers import audit_trail


class OverrunNoticeQuery(Query["OverrunNotice"]):
    def of_offer(self, offer: Offer) -> "OverrunNoticeQuery":
        """Notices about any version, the newest first."""
        return self.filter(Q(offer=offer.family_id) | Q(offer__root=offer.family_id)).order_by("-informed_at", "-id")


class OverrunNotice(models.Model):
    """The client was told at `informed_at`, `used_minutes` being used; a later answer is a row of its own."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("by phone")
        MAIL = "mail", _("by e-mail")
        MEETING = "meeting", _("in a meeting")
        CHAT = "chat", _("by message")
        LETTER = "letter", _("by letter")

    class Decision(models.TextChoices):
        CONTINUE = "continue", _("go on")
        STOP = "stop", _("stop")
        REVISE = "revise", _("revise the offer")
        GOODWILL = "goodwill", _("we finish it without pay")
        NONE_YET = "none_yet", _("no answer yet")

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="notices")
    informed_at = models.DateTimeField(_("when the client was told"))
    used_minutes = MinutesField(_("hours used by then"))
    channel = models.CharField(_("how"), max_length=7, choices=Channel.choices)
    person = models.CharField(_("who was told"), max_length=160)
    contact = models.ForeignKey(Contact, models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.CharField(_("answer"), max_length=8, choices=Decision.choices, default=Decision.NONE_YET)
    note = models.CharField(_("what was said"), max_length=500, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    objects = OverrunNoticeQuery.as_manager()

    class Meta:
        verbose_name = _("overrun notice")
        verbose_name_plural = _("overrun notices")
        ordering = ["-informed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(person=""),
                name="notice_names_person",
                violation_error_message=_("Say who was told."),
            ),
            models.CheckConstraint(
                condition=Q(informed_at__lte=F("made_at")),
                name="notice_not_in_future",
                violation_error_message=_("A notice is written down after the client was told."),
            ),
            models.CheckConstraint(condition=Q(used_minutes__gte=0), name="notice_used_not_negative"),
        ]
        triggers = [append_only(), audit_trail()]

    def __str__(self) -> str:
        return f"{self.person}: {self.get_decision_display()}"


class OfferForecast(models.Model):
    """What the consultant expects: minutes that are left to work, or the share that is done."""

    offer = models.ForeignKey(Offer, models.PROTECT, related_name="forecasts")
    remaining_minutes = MinutesField(_("hours still to work"), null=True, blank=True)
    done_percent = PercentField(_("done, in per cent"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining_minutes__isnull=False, remaining_minutes__gte=0, done_percent=None)
                | Q(remaining_minutes=None, done_percent__isnull=False, done_percent__gt=0, done_percent__lte=100),
                name="forecast_says_one_thing",
                violation_error_message=_("Say the hours that are left, or the share that is done."),
            ),
        ]
        triggers = [append_only(), audit_trail()]


class OverrunOverride(models.Model):
    """A partner lets the unannounced minutes of an entry bill, with a reason."""

    entry = models.OneToOneField(TimeEntry, models.CASCADE, related_name="overrun_override")
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="override_reasoned",
                violation_error_message=_("An override needs a reason."),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Update),
            audit_trail(),
            four_eyes(
                "made_by_id",
                "(SELECT employee_id FROM billing_timeentry WHERE id = NEW.entry_id)",
                name="override_four_eyes",
            ),
        ]
