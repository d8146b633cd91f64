"""Cash discount (Skonto): a part of the price that a client keeps who pays within some days of the invoice."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.db import PercentField

LEAST, MOST = Decimal("0.01"), Decimal("50.00")
LONGEST_DAYS = 365


class CashDiscountTerms(models.Model):
    """Agreed with a client, and frozen on its documents; both fields or neither."""

    cash_discount_percent = PercentField(
        _("cash discount in %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST), MaxValueValidator(MOST)],
        help_text=_("Skonto; for example 2.00."),
    )
    cash_discount_days = models.PositiveSmallIntegerField(
        _("cash discount within days"), null=True, blank=True, validators=[MaxValueValidator(LONGEST_DAYS)]
    )

    class Meta:
        abstract = True


def cash_discount_whole(table: str) -> models.CheckConstraint:
    """Says in words what the fields' own checks do not: per cent and days come together."""
    return models.CheckConstraint(
        condition=Q(cash_discount_percent=None, cash_discount_days=None)
        | Q(
            cash_discount_percent__isnull=False,
            cash_discount_days__isnull=False,
            cash_discount_percent__range=(LEAST, MOST),
            cash_discount_days__range=(0, LONGEST_DAYS),
        ),
        name=f"{table}_cash_discount_whole",
        violation_error_message=_("A cash discount has both: per cent up to 50, and days."),
        violation_error_code="cash_discount",
    )
