"""Surveys, whom they were sent to, and what people answered: an answer belongs to a person."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from crm.access import Role
from crm.db import Query, Record, audited
from crm.models import SignedLink

if TYPE_CHECKING:
    from crm.models import User


HELD_FOR = timedelta(minutes=15)


class SurveyQuery(Query["Survey"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER) else self.none()

    def changeable_by(self, user: "User") -> Self:
        """A partner handles every survey, an account manager their own."""
        if user.is_in(Role.PARTNER):
            return self
        return self.filter(made_by=user) if user.is_in(Role.ACCOUNT_MANAGER) else self.none()


class Survey(Record):
    class Kind(models.TextChoices):
        RELATIONAL = "relational", _("how we are doing")
        TRANSACTIONAL = "transactional", _("after a delivery")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        CLOSED = "closed", _("closed")

    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=13, choices=Kind.choices, default=Kind.RELATIONAL)
    audience = models.JSONField(_("audience"), default=dict, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.DRAFT)
    excluded = models.JSONField(default=list, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True, editable=False)
    deliveries_of_on = models.DateField(_("gathers the deliveries of a month"), null=True, unique=True, editable=False)
    reasks_of_on = models.DateField(
        _("asks people of closed loops again in a month"), null=True, unique=True, editable=False
    )

    objects = SurveyQuery.as_manager()

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        ordering = ["-created_at", "-id"]
        triggers = audited()

    def __str__(self) -> str:
        return self.name


class InvitationQuery(Query["SurveyInvitation"]):
    def visible_to(self, user: "User") -> Self:
        """Who was asked is known where the answer would be."""
        if user.is_in(Role.PARTNER):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(contact__client__in=Client.objects.owned_by(user))
        return self.none()

    def unsent(self) -> Self:
        """The outbox: invitations whose mail has not left yet."""
        return self.filter(sent_at=None, failed_at=None)

    def free(self, *, at: datetime) -> Self:
        """Of the outbox what no worker holds; a worker that died loses its hold after a while."""
        return self.unsent().exclude(claimed_at__gt=at - HELD_FOR)

    def delivered(self) -> Self:
        return self.exclude(sent_at=None)

    def failed(self) -> Self:
        return self.exclude(failed_at=None)


class SurveyInvitation(models.Model):
    """One person asked once in one survey; `link` is that of the newest mail, an older mail's stays good as well."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="invitations")
    contact = models.ForeignKey(Contact, models.CASCADE, related_name="invitations")
    link = models.OneToOneField(SignedLink, models.PROTECT, null=True, related_name="invitation")
    made_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    objects = InvitationQuery.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "contact"],
                name="invitation_once",
                violation_error_message=_("This person was already asked in this survey."),
            )
        ]


class DeliveryAsk(models.Model):
    """A delivery that people were asked about, or that nobody could be asked about; each one once."""

    class Event(models.TextChoices):
        OFFER = "offer", _("hand-over of an offer")
        ENGAGEMENT = "engagement", _("end of an engagement")

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=10, choices=Event.choices)
    object_id = models.BigIntegerField()
    client = models.ForeignKey(Client, models.CASCADE, related_name="+")
    delivered_on = models.DateField()
    asked_at = models.DateTimeField()
    people_count = models.PositiveSmallIntegerField(default=0)
    excluded_count = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-delivered_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["event", "object_id"], name="delivery_asked_once")]


class ResponseQuery(Query["SurveyResponse"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER):
            return self
        if user.is_in(Role.ACCOUNT_MANAGER):
            return self.filter(client__in=Client.objects.owned_by(user))
        return self.none()

    def answered(self, first: datetime, last: datetime) -> Self:
        return self.filter(answered_at__gte=first, answered_at__lt=last)


class SurveyResponse(Record):
    """`client` is where the person worked when answering; it stays when the person moves on."""

    survey = models.ForeignKey(Survey, models.PROTECT, related_name="responses", verbose_name=_("survey"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, related_name="survey_responses", verbose_name=_("contact")
    )
    client = models.ForeignKey(Client, models.CASCADE, related_name="survey_responses", verbose_name=_("client"))
    score = models.PositiveSmallIntegerField(_("score"))
    comment = models.TextField(_("comment"), blank=True, max_length=4000)
    language = models.CharField(max_length=2, blank=True)
    call_back = models.BooleanField(_("wants to be called"), default=False)
    answered_at = models.DateTimeField(_("answered at"))

    objects = ResponseQuery.as_manager()

    class Meta:
        verbose_name = _("survey response")
        verbose_name_plural = _("survey responses")
        ordering = ["-answered_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__range=(0, 10)),
                name="response_score_range",
                violation_error_message=_("A score is a whole number from 0 to 10."),
            ),
            models.UniqueConstraint(
                fields=["survey", "contact"],
                name="response_once",
                violation_error_message=_("This person has already answered this survey."),
                violation_error_code="already_done",
            ),
        ]
        indexes = [
            models.Index(fields=["answered_at"], name="response_by_moment"),
            models.Index(fields=["client", "-answered_at"], name="response_by_client"),
        ]
        triggers = audited()
