"""Internal handover notes: whoever replaces somebody on an engagement reads them before the first entry."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from crm.access import Role
from crm.db import Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User

LENGTH = 5000


class SuccessionQuery(Query["SuccessionNote"]):
    def visible_to(self, user: "User") -> Self:
        """Whoever sees the engagement, and the two whom it concerns."""
        if user.is_in(Role.PARTNER):
            return self
        seen = Q(engagement__in=Engagement.objects.visible_to(user))
        return self.filter(seen | Q(predecessor=user) | Q(successor=user))

    def changeable_by(self, user: "User") -> Self:
        """Whoever leaves the work writes the note, or who answers for it."""
        if user.is_in(Role.PARTNER):
            return self
        mine = Q(engagement__in=Engagement.objects.changeable_by(user))
        return self.filter(mine | Q(predecessor=user) | Q(engagement__lead=user))

    def unread(self) -> Self:
        return self.filter(read_at=None)


class SuccessionNote(Record):
    """One for each change of people; it is asked for at once and may be written later."""

    may_change: bool  # what `with_may_change()` adds to a row

    engagement = models.ForeignKey(
        Engagement, models.CASCADE, related_name="succession_notes", verbose_name=_("engagement")
    )
    predecessor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("who leaves")
    )
    successor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="succession_notes", verbose_name=_("who takes over")
    )
    since_on = models.DateField(_("from"))
    state = models.TextField(_("where things stand"), max_length=LENGTH, blank=True)
    promises = models.TextField(_("open promises"), max_length=LENGTH, blank=True)
    values = models.TextField(_("what this client values"), max_length=LENGTH, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("written by"),
    )
    written_at = models.DateTimeField(_("written at"), null=True, editable=False)
    read_at = models.DateTimeField(_("read at"), null=True, editable=False)
    lead_alerted_at = models.DateTimeField(_("lead alerted at"), null=True, editable=False)

    objects = SuccessionQuery.as_manager()

    class Meta:
        verbose_name = _("internal handover note")
        verbose_name_plural = _("internal handover notes")
        ordering = ["-since_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["engagement", "predecessor", "successor", "since_on"],
                name="succession_once",
                violation_error_message=_("This change of people has its note already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(
                condition=~Q(predecessor=F("successor")),
                name="succession_between_two",
                violation_error_message=_("Nobody takes over from themselves."),
            ),
            models.CheckConstraint(
                condition=Q(written_at=None, written_by=None)
                | (~Q(state="") & ~Q(values="") & Q(written_at__isnull=False, written_by__isnull=False)),
                name="succession_written_in_words",
                violation_error_message=_("Say where things stand and what this client values."),
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(written_at__isnull=False),
                name="succession_read_once_written",
                violation_error_message=_("There is nothing to read yet."),
            ),
        ]
        indexes = [
            models.Index(fields=["successor", "engagement"], condition=Q(read_at=None), name="succession_unread"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.engagement}: {self.predecessor} → {self.successor}"
