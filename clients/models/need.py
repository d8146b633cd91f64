"""The need register: what a client will need next, how we know, and what became of it."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from clients.models.contact import Contact
from clients.models.feedback import FeedbackQuery
from clients.models.firm import ServiceLine
from crm.access import may
from crm.db import CurrencyField, MoneyField, Record, audited

if TYPE_CHECKING:
    from crm.models import User

TOLD = ("mentioned", "proposed")
OVER = ("won", "dropped")


class NeedQuery(FeedbackQuery["Need"]):
    def with_shown_value(self, user: "User") -> Self:
        """Adds `shown_value`: null for whom amounts are not; lists sort by it and files show it."""
        hidden = Value(None, MoneyField())
        return self.annotate(shown_value=F("value") if may(user, "value.amounts") else hidden)

    def unfinished(self) -> Self:
        return self.exclude(status__in=OVER)

    def ahead(self, *, on: date) -> Self:
        """What is still to come: the next needs."""
        return self.unfinished().filter(due_on__gte=on)


class Need(Record):
    """`value` is our estimate for a year, net, in `currency`; `due_on` says by when the client will need it."""

    class Status(models.TextChoices):
        OPEN = "open", _("noted")
        MENTIONED = "mentioned", _("mentioned")
        PROPOSED = "proposed", _("proposed")
        WON = "won", _("won")
        DROPPED = "dropped", _("not wanted")

    client = models.ForeignKey(Client, models.CASCADE, related_name="needs", verbose_name=_("client"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("whose need")
    )
    service_line = models.ForeignKey(ServiceLine, models.PROTECT, related_name="needs", verbose_name=_("service line"))
    evidence = models.CharField(_("how we know"), max_length=500)
    due_on = models.DateField(_("by when"))
    value = MoneyField(_("value a year, net"), null=True, blank=True)
    currency = CurrencyField(_("currency"))
    status = models.CharField(_("state"), max_length=9, choices=Status.choices, default=Status.OPEN)
    mentioned_on = models.DateField(_("mentioned on"), null=True, blank=True, editable=False)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    reason = models.CharField(_("why not"), max_length=300, blank=True)
    logged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)

    objects = NeedQuery.as_manager()

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "service_line"],
                condition=~Q(status__in=OVER),
                name="need_once",
                violation_error_message=_("This need of the client is on record already."),
                violation_error_code="unique",
            ),
            models.CheckConstraint(
                condition=~Q(evidence=""),
                name="need_evident",
                violation_error_message=_("Say how we know."),
            ),
            models.CheckConstraint(
                condition=Q(value=None) | Q(value__gte=0),
                name="need_not_negative",
                violation_error_message=_("A value is not negative."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=OVER, closed_on__isnull=False) | (~Q(status__in=OVER) & Q(closed_on=None)),
                name="need_closed_with_day",
                violation_error_message=_("A need that is over has a day."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TOLD) | Q(mentioned_on__isnull=False),
                name="need_mentioned_with_day",
                violation_error_message=_("Say when it was mentioned."),
            ),
            models.CheckConstraint(
                condition=~Q(status="dropped") | ~Q(reason=""),
                name="need_dropped_with_reason",
                violation_error_message=_("Say why it is not wanted."),
            ),
        ]
        indexes = [models.Index(fields=["client", "status"], name="need_by_client")]
        triggers = audited()

    def __str__(self) -> str:
        return str(self.service_line)

    @property
    def is_over(self) -> bool:
        return self.status in OVER
