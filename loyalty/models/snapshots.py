"""Results of the nightly computations, with method, window and date: history is kept, pages only read."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ServiceLine
from clients.models.firm import Tier
from crm.db import CurrencyField, MoneyField


class ValueSnapshot(models.Model):
    """The value figures of one client as of a day, with every input that made them.

    `margin_share` is the margin after cost to serve of the window, shrunk to the firm's by credibility.
    """

    client = models.ForeignKey(Client, models.CASCADE, related_name="value_snapshots")
    as_of_on = models.DateField()
    currency = CurrencyField()
    simple_value = MoneyField(null=True)
    source = models.CharField(max_length=7, blank=True)
    years = models.DecimalField(max_digits=4, decimal_places=1, null=True)
    purchases_per_year = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    average_check = MoneyField(null=True)
    historical_plain = MoneyField(null=True)
    historical_discounted = MoneyField(null=True)
    margin_share = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    discount_rate_percent = models.DecimalField(max_digits=6, decimal_places=2)
    window_months = models.PositiveSmallIntegerField()
    residual_model = models.CharField(max_length=60, blank=True)
    residual_mean = MoneyField(null=True)
    residual_p10 = MoneyField(null=True)
    residual_p50 = MoneyField(null=True)
    residual_p90 = MoneyField(null=True)
    residual_p_zero = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    residual_horizon_months = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "as_of_on"], name="value_snapshot_once")]


class SegmentValue(models.Model):
    """Average simple value of the settled clients of a segment; an empty part means all."""

    as_of_on = models.DateField()
    service_line = models.ForeignKey(ServiceLine, models.CASCADE, null=True, related_name="+")
    tier = models.CharField(max_length=3, choices=Tier.choices, blank=True)
    value = MoneyField()
    client_count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of_on", "service_line", "tier"], nulls_distinct=False, name="segment_value_once"
            )
        ]


class NpsSnapshot(models.Model):
    """NPS over a window ending on a day; `nps` and bounds in points, None without answers."""

    as_of_on = models.DateField(unique=True)
    from_on = models.DateField()
    asked_count = models.PositiveIntegerField()
    promoters = models.PositiveIntegerField()
    passives = models.PositiveIntegerField()
    detractors = models.PositiveIntegerField()
    nps = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    low = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    high = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    account_nps = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    account_count = models.PositiveIntegerField(default=0)


class DependenceSnapshot(models.Model):
    """One of us who alone knows some clients, on a day: how many they are, and their share of 12-month revenue."""

    as_of_on = models.DateField(db_index=True)
    employee = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    currency = CurrencyField()
    client_count = models.PositiveIntegerField()
    revenue = MoneyField()
    share = models.DecimalField(max_digits=9, decimal_places=6, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["as_of_on", "employee"], name="dependence_snapshot_once")]


class ConcentrationSnapshot(models.Model):
    """Concentration of 12-month revenue, margin or receivables on a day; shares as fractions."""

    class Basis(models.TextChoices):
        REVENUE = "revenue", _("revenue")
        MARGIN = "margin", _("margin")
        RECEIVABLES = "receivables", _("receivables")

    as_of_on = models.DateField()
    basis = models.CharField(max_length=11, choices=Basis.choices)
    currency = CurrencyField()
    client_count = models.PositiveIntegerField()
    total = MoneyField()
    top1 = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    top3 = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    top5 = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    top10 = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    hhi_points = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    effective_number = models.DecimalField(max_digits=9, decimal_places=2, null=True)
    gini = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    largest_clients = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["as_of_on", "basis"], name="concentration_snapshot_once")]
