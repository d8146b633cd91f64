"""What a retainer changes and owes beside its periods: dated fees, checkpoints, an early end with its settlement."""

from datetime import date
from typing import TYPE_CHECKING, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.retainers import Retainer
from clients.models import Promise
from crm.db import MinutesField, MoneyField, Query, Record, append_only, audited, frozen_when
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User


class RetainerFee(models.Model):
    """Another monthly fee from a day on; before the first row the contract's own fee holds."""

    retainer = models.ForeignKey(Retainer, models.CASCADE, related_name="fees")
    monthly_fee = MoneyField(_("fee a month"))
    valid_from = models.DateField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["retainer", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["retainer", "valid_from"],
                name="retainer_fee_once_a_day",
                violation_error_message=_("A fee from this day on was agreed already."),
            ),
            models.CheckConstraint(
                condition=Q(monthly_fee__gte=0),
                name="retainer_fee_not_negative",
                violation_error_message=_("Fee and hours are not negative."),
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="retainer_fee_reasoned",
                violation_error_message=_("Say why the fee changes."),
            ),
        ]
        triggers = [append_only(), audit_trail()]


class CheckpointQuery(Query["Checkpoint"]):
    def visible_to(self, user: "User") -> Self:
        return self.filter(retainer__in=Retainer.objects.visible_to(user))

    def open(self) -> Self:
        return self.filter(done_at=None)

    def overdue(self, *, on: date) -> Self:
        return self.open().filter(due_on__lt=on)


class Checkpoint(Record):
    """A look at the process while the contract runs; promised to the client, so an overdue one is a broken promise."""

    retainer = models.ForeignKey(Retainer, models.CASCADE, related_name="checkpoints")
    due_on = models.DateField(_("due on"))
    deliverable = models.CharField(_("deliverable"), max_length=300)
    findings = models.TextField(_("findings"), blank=True, max_length=5000)
    corrections = models.TextField(_("corrections"), blank=True, max_length=5000)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    promise = models.OneToOneField(Promise, models.SET_NULL, null=True, blank=True, related_name="checkpoint")

    objects = CheckpointQuery.as_manager()

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["retainer", "due_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["retainer", "due_on"],
                name="checkpoint_once_a_day",
                violation_error_message=_("There is a checkpoint on this day already."),
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | ~Q(findings=""),
                name="checkpoint_done_with_findings",
                violation_error_message=_("Say what was found."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return self.deliverable


class EarlyEnd(Record):
    """A contract ended before its term: what is proposed as settlement, and what a partner decided.

    Unused hours are given back when their allowance closes; `unused_value` is what older settlements counted of them.
    """

    class Decision(models.TextChoices):
        OPEN = "open", _("waits for a partner")
        SETTLED = "settled", _("settled")
        WAIVED = "waived", _("waived")

    retainer = models.OneToOneField(Retainer, models.PROTECT, related_name="early_end")
    given_on = models.DateField(_("notice given on"))
    ends_on = models.DateField(_("last day"))
    fees_due = MoneyField(_("fees to the last day"))
    fees_billed = MoneyField(_("fees invoiced"), default=0)
    delivered_minutes = MinutesField(_("delivered"), default=0)
    delivered_value = MoneyField(_("delivered work at the one-off price"), null=True)
    unused_minutes = MinutesField(_("unused hours"), default=0)
    unused_value = MoneyField(_("unused hours to refund"), default=0)
    amount = MoneyField(_("proposed settlement"))
    decision = models.CharField(_("decision"), max_length=7, choices=Decision.choices, default=Decision.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    invoice_line = models.OneToOneField(
        "billing.InvoiceLine", models.SET_NULL, null=True, blank=True, related_name="early_end", editable=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision="open", decided_by=None, decided_at=None)
                | ~Q(decision="open") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="early_end_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(decision="waived") | ~Q(reason=""),
                name="early_end_waived_with_reason",
                violation_error_message=_("Say why nothing is settled."),
            ),
        ]
        triggers = [
            *audited(),
            frozen_when(
                pgtrigger.Condition(
                    "OLD.decision <> 'open' AND (OLD.decision, OLD.amount) IS DISTINCT FROM (NEW.decision, NEW.amount)"
                ),
                name="decided_once",
                operations=[pgtrigger.Update],
            ),
        ]
