"""Burn factors of a package: how much faster its hours go for a seniority or after hours."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.models.packages import HourPackage
from crm.db import RateField, Record, audited
from crm.models import User


class BurnFactor(Record):
    """One factor of a package, for one seniority or for work after hours; the largest that applies wins."""

    package = models.ForeignKey(HourPackage, models.CASCADE, related_name="burn_factors")
    seniority = models.CharField(_("seniority"), max_length=10, choices=User.Seniority.choices, blank=True, default="")
    after_hours = models.BooleanField(_("after hours"), default=False)
    factor = RateField(_("burn factor"))

    class Meta:
        verbose_name = _("burn factor")
        verbose_name_plural = _("burn factors")
        ordering = ["package", "after_hours", "seniority"]
        constraints = [
            models.UniqueConstraint(
                fields=["package", "seniority", "after_hours"],
                name="burn_factor_once",
                violation_error_message=_("Give each burn factor once."),
            ),
            models.CheckConstraint(
                condition=Q(after_hours=True, seniority="") | Q(after_hours=False) & ~Q(seniority=""),
                name="burn_factor_one_reason",
                violation_error_message=_("A burn factor is for a seniority or for work after hours."),
            ),
            models.CheckConstraint(
                condition=Q(factor__gt=0),
                name="burn_factor_positive",
                violation_error_message=_("A burn factor is above zero."),
            ),
        ]
        triggers = audited()
