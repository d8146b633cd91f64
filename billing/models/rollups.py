"""Revenue by month, kept in the transaction that issues a document; dashboards read this, never the lines."""

from django.db import models

from clients.models import Client, Seller, ServiceLine
from crm.db import MoneyField


class RevenueMonth(models.Model):
    """Net revenue in the base currency; `missing_rate_count` counts documents that had no exchange rate."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="revenue_months")
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="+")
    service_line = models.ForeignKey(ServiceLine, models.CASCADE, null=True, related_name="+")
    month_on = models.DateField()
    net_amount = MoneyField(default=0)
    invoice_count = models.IntegerField(default=0)
    missing_rate_count = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "seller", "service_line", "month_on"],
                nulls_distinct=False,
                name="revenue_month_once",
            ),
        ]
        indexes = [
            models.Index(fields=["month_on", "client"], include=["net_amount"], name="revenue_month_cover"),
        ]
