"""Scope requests: what clients ask for beside or beyond the contract, and what they were answered."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.feedback import FeedbackQuery
from crm.db import MinutesField, Record, audited


class ScopeQuery(FeedbackQuery["ScopeRequest"]):
    def beyond(self) -> Self:
        """What the contract does not hold."""
        return self.filter(in_contract=False)

    def unpaid(self) -> Self:
        """Beyond the contract, done, and paid by nobody."""
        return self.beyond().filter(answer__in=ScopeRequest.UNPAID)

    def asked_since(self, first: date, *, on: date) -> Self:
        return self.filter(asked_on__range=(first, on))


class ScopeRequest(Record):
    """`estimated_minutes` is what it takes us; without an answer it waits for one, unless the contract holds it."""

    may_change: bool  # what `with_may_change()` adds to a row

    class Answer(models.TextChoices):
        REFUSED = "refused", _("refused")
        OFFERED = "offered", pgettext_lazy("scope request", "offered")
        PLANNED_EXTRA = "planned_extra", _("planned extra")
        GOODWILL = "goodwill", _("goodwill")

    UNPAID = (Answer.PLANNED_EXTRA, Answer.GOODWILL)

    client = models.ForeignKey(Client, models.CASCADE, related_name="scope_requests", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who asks")
    )
    asked_on = models.DateField(pgettext_lazy("scope request", "asked on"))
    what = models.CharField(_("what they ask for"), max_length=300)
    in_contract = models.BooleanField(_("in the contract"), default=False)
    estimated_minutes = MinutesField(_("estimated minutes"), default=0)
    answer = models.CharField(_("answer"), max_length=13, choices=Answer.choices, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = ScopeQuery.as_manager()

    class Meta:
        verbose_name = _("scope request")
        verbose_name_plural = _("scope requests")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(what=""),
                name="scope_named",
                violation_error_message=_("Say what they ask for."),
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None) | (~Q(answer="") & Q(answered_by__isnull=False)),
                name="scope_answered_by_somebody",
                violation_error_message=_("An answer names who gave it."),
            ),
            models.CheckConstraint(
                condition=Q(answer="") | ~Q(reason=""),
                name="scope_answer_reasoned",
                violation_error_message=_("An answer has its reason."),
                violation_error_code="reason_missing",
            ),
            models.CheckConstraint(
                condition=Q(in_contract=False) | Q(answer=""),
                name="scope_in_contract_unanswered",
                violation_error_message=_("What the contract holds is done: it needs no other answer."),
            ),
            models.CheckConstraint(
                condition=Q(estimated_minutes__gte=0),
                name="scope_minutes_not_negative",
                violation_error_message=_("Minutes are not negative."),
            ),
        ]
        indexes = [models.Index(fields=["client", "asked_on"], name="scope_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return self.what
