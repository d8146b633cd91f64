"""Monthly reports that went to clients: what was done in a month, frozen as it was sent; the row is its outbox."""

from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.seen import of_open
from clients.models import Client, Contact
from crm.db import Query, Record, audited, frozen_when

if TYPE_CHECKING:
    from crm.models import User

SAID = ["client_id", "month_on", "language", "document", "sent_at"]
OLD_SAID, NEW_SAID = (", ".join(f"{row}.{name}" for name in SAID) for row in ("OLD", "NEW"))
CHANGED = pgtrigger.Condition(f"OLD.id IS NOT NULL AND ({OLD_SAID}) IS DISTINCT FROM ({NEW_SAID})")
LEFT = pgtrigger.Condition("OLD.mailed_at IS NOT NULL")


class MonthlyQuery(Query["MonthlyReport"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(of_open(user))

    def changeable_by(self, user: "User") -> Self:
        return self.filter(client__in=Client.objects.changeable_by(user).with_merged())

    def unmailed(self) -> Self:
        return self.filter(mailed_at=None)


class MonthlyReport(Record):
    """`document` is what the client reads, in `language`; it may be mailed again, and never says anything else."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="monthly_reports", verbose_name=_("client"))
    month_on = models.DateField(_("month"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    recipient = models.EmailField(_("sent to"))
    language = models.CharField(_("language"), max_length=2)
    document = models.JSONField()
    sent_at = models.DateTimeField(_("sent at"))
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    mailed_at = models.DateTimeField(_("mail left at"), null=True, editable=False)
    mail_error = models.CharField(_("last failure"), max_length=200, blank=True, editable=False)

    objects = MonthlyQuery.as_manager()

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        ordering = ["-month_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "month_on"],
                name="monthly_report_once",
                violation_error_message=_("The report of this month was sent already."),
                violation_error_code="already_done",
            ),
            models.CheckConstraint(condition=Q(month_on__day=1), name="monthly_report_of_a_month"),
        ]
        triggers = [
            *audited("document"),
            frozen_when(CHANGED, operations=[pgtrigger.Update]),
            frozen_when(LEFT, name="sent", operations=[pgtrigger.Delete]),
        ]

    def __str__(self) -> str:
        return f"{self.client}, {self.month_on:%Y-%m}"
