"""Expenses: what our people paid for a client, with the receipt; approved billable ones are work to invoice."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from billing.models.engagements import Engagement
from billing.models.guards import four_eyes
from billing.models.lines import InvoiceLine
from billing.models.seen import of_own
from billing.rules.receipts import MOST_BYTES
from clients.models import Client, Seller
from crm.access import Role
from crm.db import CurrencyField, MoneyField, PercentField, Query, Record, audited, frozen_when
from crm.db.triggers import audit_trail
from crm.models.firm import Firm

if TYPE_CHECKING:
    from crm.models import User


class ExpenseQuery(Query["Expense"]):
    def visible_to(self, user: "User") -> Self:
        """Own expenses, those of engagements one leads and of own clients; all for partner and finance."""
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(Q(employee=user) | self._reviewed_by(user))

    def changeable_by(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(Q(employee=user) | self._reviewed_by(user))

    def reviewable_by(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(self._reviewed_by(user))

    def of_others(self, user: "User") -> Self:
        """What somebody else paid and handed in; of the rest one is no judge, unless the firm is small."""
        return self if Firm.load().small_firm else self.exclude(employee=user).exclude(handed_in_by=user)

    def waiting(self) -> Self:
        return self.filter(status=Expense.Status.SUBMITTED)

    def approved(self) -> Self:
        return self.filter(status=Expense.Status.APPROVED)

    def to_invoice(self) -> Self:
        """WIP: approved billable expenses that stand on no document."""
        return self.approved().filter(is_billable=True, line=None)

    @staticmethod
    def _reviewed_by(user: "User") -> Q:
        return Q(engagement__lead=user) | of_own(user)


class Expense(Record):
    """`amount` is what was paid, VAT included; `net_amount` what it costs us, and what the client is charged.

    `handed_in_by` wrote it last, for oneself or for a colleague; neither of the two approves it.
    """

    class Category(models.TextChoices):
        TRAVEL = "travel", _("travel")
        LODGING = "lodging", _("lodging")
        MEALS = "meals", _("meals")
        LICENCE = "licence", _("licence")
        MATERIAL = "material", _("material")
        FEE = "fee", _("fee")
        OTHER = "other", _("other")

    class Status(models.TextChoices):
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        REJECTED = "rejected", _("given back")

    employee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="expenses", verbose_name=_("who paid")
    )
    client = models.ForeignKey(Client, models.PROTECT, related_name="expenses", verbose_name=_("client"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="+", verbose_name=_("own company"))
    engagement = models.ForeignKey(
        Engagement, models.PROTECT, null=True, blank=True, related_name="expenses", verbose_name=_("engagement")
    )
    category = models.CharField(_("category"), max_length=8, choices=Category.choices, default=Category.TRAVEL)
    description = models.CharField(_("what for"), max_length=300)
    spent_on = models.DateField(_("date"))
    amount = MoneyField(_("amount with VAT"))
    vat_percent = PercentField(_("VAT in per cent"), default=0)
    net_amount = MoneyField(_("net amount"), editable=False)
    currency = CurrencyField(_("currency"))
    base_amount = MoneyField(_("net in the base currency"), null=True, editable=False)
    is_billable = models.BooleanField(_("the client pays"), default=True)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices, default=Status.SUBMITTED)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    approved_at = models.DateTimeField(null=True, blank=True, editable=False)
    handed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    review_comment = models.CharField(_("comment of the reviewer"), max_length=300, blank=True)
    line = models.ForeignKey(
        InvoiceLine, models.SET_NULL, null=True, blank=True, related_name="expenses", editable=False
    )

    trigger_errors: ClassVar[Mapping[str, ValidationError]] = {
        "expense_four_eyes": ValidationError(_("Nobody approves their own expenses."), code="forbidden"),
    }

    objects = ExpenseQuery.as_manager()

    class Meta:
        verbose_name = _("expense")
        verbose_name_plural = _("expenses")
        ordering = ["-spent_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="expense_amount_positive",
                violation_error_message=_("An expense is more than nothing."),
            ),
            models.CheckConstraint(
                condition=Q(vat_percent__range=(0, 100), net_amount__gt=0, net_amount__lte=F("amount")),
                name="expense_net_within",
                violation_error_message=_("VAT lies between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="expense_approved_by_somebody",
                violation_error_message=_("Somebody approves it."),
            ),
            models.CheckConstraint(
                condition=Q(line=None) | Q(status="approved", is_billable=True),
                name="expense_invoiced_when_approved",
                violation_error_message=_("Only approved billable expenses are invoiced."),
            ),
        ]
        indexes = [
            models.Index(fields=["client", "spent_on"], name="expense_by_client"),
            models.Index(fields=["employee", "-spent_on"], name="expense_by_person"),
            models.Index(
                fields=["client"], condition=Q(status="approved", is_billable=True, line=None), name="expense_wip"
            ),
        ]
        triggers = [
            *audited(),
            four_eyes("approved_by_id", "NEW.employee_id", "NEW.handed_in_by_id", name="expense_four_eyes"),
            frozen_when(
                pgtrigger.Condition(
                    "OLD.status = 'approved' AND NEW.status = 'approved' AND "
                    "(OLD.amount, OLD.net_amount, OLD.currency, OLD.client_id, OLD.employee_id, OLD.spent_on)"
                    " IS DISTINCT FROM "
                    "(NEW.amount, NEW.net_amount, NEW.currency, NEW.client_id, NEW.employee_id, NEW.spent_on)"
                ),
                name="frozen",
                operations=[pgtrigger.Update],
            ),
        ]

    def __str__(self) -> str:
        return self.description


class Receipt(models.Model):
    """The file of one expense, kept as it came; a better one is another row, the newest counts."""

    expense = models.ForeignKey(Expense, models.CASCADE, related_name="receipts")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-uploaded_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gt=0, size__lte=MOST_BYTES),
                name="receipt_size",
                violation_error_message=_("A receipt has up to 25 MB."),
            ),
        ]
        triggers = [
            audit_trail("content"),
            pgtrigger.Protect(name="kept_as_it_came", operation=pgtrigger.Update),
        ]

    def __str__(self) -> str:
        return self.name
