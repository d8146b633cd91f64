"""Promises with their chain of dates; the outcome is computed by clients.rules.promises, never stored."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from crm.access import Role
from crm.db import Query, Record, append_only, audited

if TYPE_CHECKING:
    from crm.models import User


def made_by_people_of(user: "User") -> Q:
    """Made by the person, or by somebody for whom they stand in today."""
    return Q(made_by__in=user.people_on(timezone.localdate()))


class PromiseQuery(Query["Promise"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(Q(client__in=Client.objects.open_to(user)) | made_by_people_of(user))

    def changeable_by(self, user: "User") -> Self:
        """The person who made it, who stands in for them, and whoever may change the client."""
        return self.filter(Q(client__in=Client.objects.changeable_by(user)) | made_by_people_of(user))

    def mine(self, user: "User") -> Self:
        """Promises that wait for this person: their own, those to their clients, and those of whom they cover."""
        return self.filter(made_by_people_of(user) | Q(client__in=Client.objects.owned_by(user)))

    def open(self) -> Self:
        return self.filter(kept_at=None, withdrawn_at=None)

    def due_before(self, moment: datetime) -> Self:
        return self.open().filter(current_due_at__lt=moment)

    def due_on(self, on: date) -> Self:
        """Open promises that hold until a day, in the firm's time zone."""
        start = timezone.make_aware(datetime.combine(on, time()))
        return self.open().filter(current_due_at__gte=start, current_due_at__lt=start + timedelta(days=1))

    def moved(self) -> Self:
        """Promises that have a second date or more."""
        return self.filter(Exists(PromiseDate.objects.filter(promise=OuterRef("pk"))))

    def with_chain(self) -> Self:
        return self.prefetch_related("dates").select_related("client__merged_into", "contact", "made_by")


class Promise(Record):
    """`due_at` is the first date; `current_due_at` the one that holds now (the last of the chain)."""

    class Source(models.TextChoices):
        CALL = "call", _("call")
        MEETING = "meeting", _("meeting")
        MAIL = "mail", _("mail")
        PROJECT = "project", _("project")
        SLA = "sla", _("service level")

    client = models.ForeignKey(Client, models.CASCADE, related_name="promises", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="promises", verbose_name=_("to whom")
    )
    text = models.CharField(_("promise"), max_length=300)
    due_at = models.DateTimeField(_("due"))
    due_is_day = models.BooleanField(_("by the end of the day"), default=True)
    current_due_at = models.DateTimeField(editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="promises", verbose_name=_("made by")
    )
    made_at = models.DateTimeField(_("made at"))
    source = models.CharField(_("source"), max_length=7, choices=Source.choices, default=Source.CALL)
    kept_at = models.DateTimeField(_("kept at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    on_track_at = models.DateTimeField(_("marked on track at"), null=True, blank=True)
    early_warning = models.CharField(_("early warning"), max_length=300, blank=True, editable=False)
    early_warned_at = models.DateTimeField(_("warned early at"), null=True, blank=True, editable=False)
    early_warned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PromiseQuery.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ["current_due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kept_at=None) | Q(withdrawn_at=None),
                name="promise_ends_once",
                violation_error_message=_("A promise is either kept or withdrawn."),
            ),
            models.CheckConstraint(
                condition=Q(early_warning="", early_warned_at=None, early_warned_by=None)
                | (~Q(early_warning="") & Q(early_warned_at__isnull=False, early_warned_by__isnull=False)),
                name="promise_warned_early_whole",
                violation_error_message=_("An early warning names who gave it, when and why."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["current_due_at"],
                condition=Q(kept_at=None, withdrawn_at=None),
                name="promise_open_by_due",
            ),
            models.Index(fields=["client", "due_at"], name="promise_by_client"),
            models.Index(fields=["made_by", "due_at"], name="promise_by_maker"),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.text

    @property
    def due_on(self) -> date:
        """The day until whose end it holds now, in the firm's time zone."""
        return timezone.localdate(self.current_due_at)

    @property
    def is_warned_early(self) -> bool:
        """Whether a lead warned of the date that holds now, and its maker has not answered; asks for the chain."""
        moved = [step.made_at for step in self.dates.all()]
        answered = max([*moved, *([self.on_track_at] if self.on_track_at else [])], default=None)
        warned_at = self.early_warned_at
        return warned_at is not None and (answered is None or answered < warned_at)

    @property
    def due_clock(self) -> str:
        return f"{timezone.localtime(self.current_due_at):%H:%M}"


class PromiseDate(models.Model):
    """A later date in the chain: position 2 is the second date, which must be kept."""

    promise = models.ForeignKey(Promise, models.CASCADE, related_name="dates")
    position = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(_("new date"))
    reason = models.CharField(_("reason"), max_length=300)
    client_informed_at = models.DateTimeField(_("client informed at"), null=True, blank=True)
    client_agreed_at = models.DateTimeField(_("client agreed at"), null=True, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["promise", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["promise", "position"],
                name="promise_date_once",
                violation_error_message=_("Somebody else has just moved this promise."),
            ),
            models.CheckConstraint(condition=Q(position__gte=2), name="promise_date_second_or_later"),
        ]
        triggers = [append_only("reason")]
