"""Revenue and cost to serve, kept in the transaction that causes them; dashboards read these, never the books."""

from typing import Self

from django.conf import settings
from django.db import models

from billing.models.engagements import Engagement
from clients.models import Client, Seller, ServiceLine
from crm.db import CurrencyField, MinutesField, MoneyField, Query
from crm.periods import DateRange


class RevenueQuery(Query["RevenueDay"]):
    def standing(self) -> Self:
        """Days and services of which an invoice stands: not those that were credited in full."""
        return self.filter(standing_amount__gt=0)

    def within(self, window: DateRange) -> Self:
        return self.filter(issued_on__gte=window.start, issued_on__lt=window.end)


class RevenueDay(models.Model):
    """Net revenue of a client on a day of issue, in the base currency, so that any window is exact.

    `standing_amount` is what stands of the invoices of the day: a credit note lowers it on the day of its invoice,
    while `net_amount` counts it on its own. `missing_rate_count` counts documents that had no exchange rate and are
    not in the amount.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="revenue_days")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    service_line = models.ForeignKey(ServiceLine, models.CASCADE, null=True, related_name="+")
    issued_on = models.DateField()
    net_amount = MoneyField(default=0)
    standing_amount = MoneyField(default=0)
    invoice_count = models.IntegerField(default=0)
    missing_rate_count = models.IntegerField(default=0)

    objects = RevenueQuery.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "seller", "service_line", "issued_on"],
                nulls_distinct=False,
                name="revenue_day_once",
            ),
        ]
        indexes = [
            models.Index(fields=["issued_on", "client"], include=["net_amount"], name="revenue_day_cover"),
        ]


class WorkQuery(Query["WorkMonth"]):
    def within(self, window: DateRange) -> Self:
        """The months that begin in the window."""
        return self.filter(month_on__gte=window.start, month_on__lt=window.end)


class WorkMonth(models.Model):
    """Approved work of a person for a client in a month, by engagement, service and basis of its price.

    `cost_amount` is internal, in the base currency. The other amounts are in `currency` on their tax basis:
    `standard_amount` is all work but internal at its rate, `billed_amount` what of it is charged or was prepaid,
    `goodwill_amount` what was given free. `fixed_minutes` are paid by the fixed price of an offer.
    `self_approved_minutes` were approved by who did the work: drawn on saving, or in a small firm.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="work_months")
    service_line = models.ForeignKey(ServiceLine, models.CASCADE, null=True, related_name="+")
    engagement = models.ForeignKey(Engagement, models.CASCADE, null=True, related_name="+")
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    month_on = models.DateField()
    currency = CurrencyField(blank=True)
    price_includes_tax = models.BooleanField(default=False)
    minutes = MinutesField(default=0)
    goodwill_minutes = MinutesField(default=0)
    follow_up_minutes = MinutesField(default=0)
    warranty_minutes = MinutesField(default=0)
    dispute_minutes = MinutesField(default=0)
    internal_minutes = MinutesField(default=0)
    prepaid_minutes = MinutesField(default=0)
    fixed_minutes = MinutesField(default=0)
    self_approved_minutes = MinutesField(default=0)
    cost_amount = MoneyField(default=0)
    standard_amount = MoneyField(default=0)
    billed_amount = MoneyField(default=0)
    goodwill_amount = MoneyField(default=0)

    objects = WorkQuery.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "client",
                    "service_line",
                    "engagement",
                    "employee",
                    "month_on",
                    "currency",
                    "price_includes_tax",
                ],
                nulls_distinct=False,
                name="work_month_once",
            ),
        ]
        indexes = [
            models.Index(fields=["month_on", "client"], include=["cost_amount"], name="work_month_cover"),
            models.Index(fields=["client", "month_on"], name="work_month_by_client"),
            models.Index(fields=["employee", "month_on"], name="work_month_by_person"),
        ]
