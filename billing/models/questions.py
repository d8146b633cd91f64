"""Question lists: a client's questions after the work, gathered with estimates until they are worth an offer."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from billing.models.offers import Offer
from billing.models.seen import of_open
from clients.models import Client, Contact
from crm.access import Role
from crm.db import MinutesField, Query, Record, audited

if TYPE_CHECKING:
    from crm.models import User


class QuestionListQuery(Query["QuestionList"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_open(user) | Q(made_by=user))

    def changeable_by(self, user: "User") -> Self:
        """Whoever works for the client gathers the questions: an offer of them shows the client's price."""
        return self.filter(of_open(user))

    def open(self) -> Self:
        return self.filter(status=QuestionList.Status.OPEN)


class QuestionList(Record):
    class Status(models.TextChoices):
        OPEN = "open", _("open")
        OFFERED = "offered", _("offered")
        CLOSED = "closed", _("closed")

    client = models.ForeignKey(Client, models.CASCADE, related_name="question_lists", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who asks")
    )
    engagement = models.ForeignKey(
        Engagement, models.SET_NULL, null=True, blank=True, related_name="question_lists", verbose_name=_("engagement")
    )
    title = models.CharField(_("title"), max_length=120)
    status = models.CharField(_("status"), max_length=7, choices=Status.choices, default=Status.OPEN, editable=False)
    offer = models.OneToOneField(
        Offer, models.PROTECT, null=True, blank=True, related_name="question_list", editable=False
    )
    session_at = models.DateTimeField(_("session"), null=True, blank=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = QuestionListQuery.as_manager()

    class Meta:
        verbose_name = _("question list")
        verbose_name_plural = _("question lists")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="offered") | Q(offer__isnull=False, session_at__isnull=False),
                name="question_list_offered_with_session",
                violation_error_message=_("An offered list has an offer and a booked session."),
            ),
        ]
        indexes = [models.Index(fields=["client", "status"], name="question_list_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.title


class Question(Record):
    list = models.ForeignKey(QuestionList, models.CASCADE, related_name="questions")
    text = models.CharField(_("question"), max_length=300)
    estimated_minutes = MinutesField(_("estimate"))
    asked_on = models.DateField(_("asked on"))

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["list", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(estimated_minutes__range=(1, 6000)),
                name="question_has_estimate",
                violation_error_message=_("An estimate lies between one minute and 100 hours."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.text
