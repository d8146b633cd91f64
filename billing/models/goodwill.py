"""Goodwill on record: a client's own yearly budget, and every decision about free work, refusals too."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.seen import of_own
from billing.models.time import TimeEntry
from clients.models import Client
from crm.access import Role
from crm.db import CurrencyField, MinutesField, MoneyField, Query, Record, append_only, audited
from crm.db.triggers import audit_trail

if TYPE_CHECKING:
    from crm.models import User


class BudgetQuery(Query["GoodwillBudget"]):
    def visible_to(self, user: "User") -> Self:
        return self if user.is_in(Role.PARTNER, Role.FINANCE) else self.filter(of_own(user))


class GoodwillBudget(Record):
    """Minutes of one client and year in place of what the tier allows."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="goodwill_budgets", verbose_name=_("client"))
    year = models.PositiveSmallIntegerField(_("year"))
    minutes = MinutesField(_("minutes"))
    reason = models.CharField(_("reason"), max_length=200)

    objects = BudgetQuery.as_manager()

    class Meta:
        verbose_name = _("goodwill budget")
        verbose_name_plural = _("goodwill budgets")
        ordering = ["-year", "client"]
        constraints = [
            models.UniqueConstraint(
                fields=["client", "year"],
                name="goodwill_budget_once",
                violation_error_message=_("This client already has a budget of its own for this year."),
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=0),
                name="goodwill_budget_not_negative",
                violation_error_message=_("A budget is not negative."),
            ),
        ]
        triggers = audited()


class DecisionQuery(Query["GoodwillDecision"]):
    def visible_to(self, user: "User") -> Self:
        if user.is_in(Role.PARTNER, Role.FINANCE):
            return self
        return self.filter(of_own(user))


class GoodwillDecision(models.Model):
    """What was decided about work that might be free, with the figures that the person had before them.

    Never changed: a change of mind is another row. The entry may be gone later, its number stays.
    """

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("given free")
        REFUSED = "refused", _("refused")
        PART = "part", _("refund and part")

    client = models.ForeignKey(Client, models.PROTECT, related_name="goodwill_decisions")
    entry = models.ForeignKey(
        TimeEntry, models.DO_NOTHING, null=True, db_constraint=False, related_name="goodwill_decisions"
    )
    occasion = models.CharField(_("why it was asked"), max_length=30, blank=True)
    outcome = models.CharField(_("decision"), max_length=7, choices=Outcome.choices)
    choice = models.CharField(max_length=30)
    minutes = MinutesField(_("minutes"))
    value_amount = MoneyField(_("list value"), null=True)
    currency = CurrencyField(blank=True)
    price_includes_tax = models.BooleanField(default=False)
    cost_amount = MoneyField(_("our cost"), null=True)
    budget_minutes = MinutesField(_("budget of the year"))
    used_minutes = MinutesField(_("used of it before"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    review_on = models.DateField(_("holds until"), null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    objects = DecisionQuery.as_manager()

    class Meta:
        verbose_name = _("goodwill decision")
        verbose_name_plural = _("goodwill decisions")
        ordering = ["-decided_at", "-id"]
        indexes = [models.Index(fields=["client", "-decided_at"], name="goodwill_decided")]
        triggers = [append_only(), audit_trail()]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.minutes} min"
