"""Fitted models as they are kept: what was fitted on which data, how, why so, and how it did on the last year."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class FittedModel(models.Model):
    """One model of one day. `covariance` is that of the parameters' logarithms, `posterior` the Beta of a pooled rate.

    `holdout` is `{months, expected, actual}` orders of a fit without the last year, or empty; for health `{losses}`
    it learnt from. `plot` are places `[at, observed, expected]` of the data that it was fitted on.
    """

    class Role(models.TextChoices):
        RETAINERS = "retainers", _("renewals of retainers")
        ADHOC = "adhoc", _("orders besides retainers")
        SPEND = "spend", _("value of an order")
        HEALTH = "health", _("losses by health")
        BG = "bg", _("orders by BG/NBD")
        PARETO = "pareto", _("orders by Pareto/NBD")
        YEARLY = "yearly", _("a purchase in a year, yes or no, by BG/BB")

    role = models.CharField(max_length=9, choices=Role.choices)
    as_of_on = models.DateField()
    model = models.CharField(max_length=20)
    method = models.CharField(max_length=6)
    reason = models.CharField(max_length=20, blank=True)
    names = ArrayField(models.CharField(max_length=20))
    values = ArrayField(models.FloatField())
    errors = ArrayField(models.FloatField(), null=True)
    covariance = models.JSONField(null=True)
    posterior = ArrayField(models.FloatField(), null=True, size=2)
    log_likelihood = models.FloatField()
    n = models.PositiveIntegerField()
    window_from_on = models.DateField(null=True)
    warnings = ArrayField(models.CharField(max_length=20), default=list)
    holdout = models.JSONField(default=dict)
    plot = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "as_of_on"], name="fitted_model_once")]
