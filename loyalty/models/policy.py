"""The partner's settings for value and concentration, and the firm's own figures, dated, kept by finance."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clients.models import ServiceLine
from clients.models.firm import Tier
from crm.db import CurrencyField, MoneyField, PercentField, Query, Record, Singleton, audited
from loyalty.rules.surveys import Fatigue


def default_bands() -> list[Decimal]:
    return [Decimal(10_000), Decimal(50_000), Decimal(250_000), Decimal(1_000_000)]


class LoyaltyPolicy(Singleton, Record):
    """Limits borrow from practice and law: 10 % of revenue is ASC 280-10-50-42, the HHI bands are the
    US Merger Guidelines 2023, section 2.1; the rest is the firm's own choice."""

    class Badge(models.TextChoices):
        SIMPLE = "simple", _("simple value")
        RESIDUAL = "residual", _("value to come")

    badge = models.CharField(_("value badge shows"), max_length=8, choices=Badge.choices, default=Badge.SIMPLE)
    expected_years = models.DecimalField(
        _("years a client is expected to stay"), max_digits=4, decimal_places=1, default=5
    )
    discount_rate_percent = PercentField(_("discount rate a year in per cent"), default=15)
    residual_horizon_months = models.PositiveSmallIntegerField(
        _("months that the value to come looks ahead"), default=36
    )
    value_bands = ArrayField(MoneyField(), verbose_name=_("bands that consultants see"), default=default_bands)
    consultants_see_bands = models.BooleanField(_("consultants see the value as a band"), default=True)
    by_service_line = models.BooleanField(_("segments by service line"), default=True)
    by_tier = models.BooleanField(_("segments by tier"), default=True)
    top1_watch_percent = PercentField(_("largest client, watch from"), default=10)
    top1_warn_percent = PercentField(_("largest client, warn from"), default=20)
    top1_limit_percent = PercentField(_("largest client, limit"), default=30)
    top3_limit_percent = PercentField(_("three largest, limit"), default=50)
    hhi_watch = models.PositiveIntegerField(_("HHI, watch from"), default=1000)
    hhi_limit = models.PositiveIntegerField(_("HHI, limit"), default=1800)
    first_contact_hours = models.PositiveSmallIntegerField(_("call a detractor within hours"), default=48)
    survey_pause_days = models.PositiveSmallIntegerField(_("days between two surveys of a person"), default=90)
    survey_relational_days = models.PositiveSmallIntegerField(
        _("days until a person is asked how we are doing again"), default=180
    )
    survey_people_per_client = models.PositiveSmallIntegerField(
        _("people of one client asked within 30 days"), default=3
    )
    survey_new_client_days = models.PositiveSmallIntegerField(
        _("days without surveys after a first delivery"), default=30
    )
    survey_after_delivery = models.BooleanField(_("ask people after each delivery"), default=False)
    survey_delivery_days = models.PositiveSmallIntegerField(_("days from a delivery to its survey"), default=3)

    class Meta:
        verbose_name = _("loyalty policy")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="loyalty_policy_is_one"),
            models.CheckConstraint(
                condition=Q(expected_years__gte=0),
                name="loyalty_policy_years_not_negative",
                violation_error_message=_("Years are not negative."),
            ),
            models.CheckConstraint(
                condition=Q(residual_horizon_months__range=(1, 120)),
                name="loyalty_policy_horizon_range",
                violation_error_message=_("The value to come looks 1 to 120 months ahead."),
            ),
            models.CheckConstraint(
                condition=Q(
                    top1_watch_percent__lte=F("top1_warn_percent"),
                    top1_warn_percent__lte=F("top1_limit_percent"),
                    top1_limit_percent__lte=100,
                    top3_limit_percent__lte=100,
                    hhi_watch__lte=F("hhi_limit"),
                    hhi_limit__lte=10_000,
                ),
                name="loyalty_policy_limits_rise",
                violation_error_message=_("Watch, warning and limit rise in this order, up to 100 per cent."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return str(_("loyalty policy"))

    def clean(self) -> None:
        """Bands begin above zero and rise, so that every value lies in exactly one."""
        bounds = self.value_bands or []
        if any(low >= high for low, high in pairwise([Decimal(0), *bounds])):
            raise ValidationError({"value_bands": ValidationError(_("Bands begin above zero and rise."), code="order")})

    @property
    def first_contact_within(self) -> timedelta:
        return timedelta(hours=self.first_contact_hours)

    @property
    def fatigue(self) -> Fatigue:
        return Fatigue(
            any_days=self.survey_pause_days,
            relational_days=self.survey_relational_days,
            per_account=self.survey_people_per_client,
            new_client_days=self.survey_new_client_days,
        )


class SegmentYears(Record):
    """How long clients of a segment are expected to stay, where it differs from the firm; an empty part means all."""

    service_line = models.ForeignKey(
        ServiceLine, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("service line")
    )
    tier = models.CharField(_("tier"), max_length=3, choices=Tier.choices, blank=True)
    years = models.DecimalField(_("years a client is expected to stay"), max_digits=4, decimal_places=1)
    reason = models.CharField(_("reason"), max_length=200)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("years of a segment")
        verbose_name_plural = _("years of segments")
        ordering = ["service_line", "tier"]
        constraints = [
            models.UniqueConstraint(
                fields=["service_line", "tier"],
                nulls_distinct=False,
                name="segment_years_once",
                violation_error_message=_("This segment has its years already."),
            ),
            models.CheckConstraint(
                condition=Q(years__gte=0),
                name="segment_years_not_negative",
                violation_error_message=_("Years are not negative."),
            ),
            models.CheckConstraint(
                condition=~Q(service_line=None, tier=""),
                name="segment_years_name_a_segment",
                violation_error_message=_("Choose a service line or a tier; for all clients change the settings."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return " / ".join(filter(None, [str(self.service_line or ""), self.get_tier_display()]))


class FirmFigureQuery(Query["FirmFigure"]):
    def as_of(self, on: date) -> "FirmFigure | None":
        """The newest figures on or before the day."""
        return self.filter(valid_on__lte=on).order_by("-valid_on").first()


class FirmFigure(Record):
    """Cash, fixed cost and the avoidable share of direct cost, on a day, in the base currency."""

    valid_on = models.DateField(_("as of"), unique=True)
    currency = CurrencyField(_("currency"), default="EUR")
    cash = MoneyField(_("cash"), null=True, blank=True)
    fixed_cost_monthly = MoneyField(_("fixed cost a month"), null=True, blank=True)
    avoidable_percent = PercentField(_("avoidable share of direct cost in per cent"), default=36)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = FirmFigureQuery.as_manager()

    class Meta:
        verbose_name = _("firm figures")
        verbose_name_plural = _("firm figures")
        ordering = ["-valid_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(avoidable_percent__range=(0, 100)),
                name="firm_figure_avoidable_range",
                violation_error_message=_("The avoidable share lies between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                condition=Q(fixed_cost_monthly=None) | Q(fixed_cost_monthly__gte=0),
                name="firm_figure_cost_not_negative",
                violation_error_message=_("A cost is not negative."),
            ),
        ]
        triggers = audited()

    def __str__(self) -> str:
        return f"{self.valid_on}"
