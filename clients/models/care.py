"""How we mean to treat clients, as a partner sets it: the honour target, the first weeks, the boundary."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.rules.promises import HONOUR_TARGET
from crm.db import PercentField, Record, Singleton, audited


class CarePolicy(Singleton, Record):
    """`boundary_requests` unpaid requests within `boundary_days` ask the account manager to set the boundary."""

    honour_target = PercentField(
        _("honour target in percent"),
        default=100 * HONOUR_TARGET,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    plan_days = models.PositiveSmallIntegerField(
        _("days of the plan after a first order"),
        default=90,
        validators=[MinValueValidator(14), MaxValueValidator(365)],
    )
    profile_days = models.PositiveSmallIntegerField(
        _("days for which a business profile holds"),
        default=180,
        validators=[MinValueValidator(7), MaxValueValidator(1095)],
    )
    boundary_requests = models.PositiveSmallIntegerField(
        _("unpaid requests that ask for a boundary"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    boundary_days = models.PositiveSmallIntegerField(
        _("within how many days"), default=90, validators=[MinValueValidator(1), MaxValueValidator(366)]
    )

    class Meta:
        verbose_name = _("policy of care")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="care_policy_is_one"),
            models.CheckConstraint(
                condition=Q(honour_target__range=(0, 100)),
                name="care_target_is_share",
                violation_error_message=_("A target lies between 0 and 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(plan_days__range=(14, 365), boundary_requests__gte=1, boundary_days__range=(1, 366)),
                name="care_numbers_hold",
                violation_error_message=_("A plan takes 14 to 365 days; a boundary counts at least one request."),
            ),
            models.CheckConstraint(
                condition=Q(profile_days__range=(7, 1095)),
                name="care_profile_holds",
                violation_error_message=_("A business profile holds from a week to three years."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @property
    def honour_share(self) -> Decimal:
        """The target as a fraction."""
        return Decimal(self.honour_target) / 100
