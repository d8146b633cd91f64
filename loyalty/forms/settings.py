"""Policy that a partner edits, and figures that finance enters."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.models import FirmFigure, HealthWeights, LoyaltyPolicy, SegmentYears
from loyalty.models.health import CAPS, FEATURES


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = LoyaltyPolicy
        fields = [
            "badge",
            "expected_years",
            "discount_rate_percent",
            "residual_horizon_months",
            "value_bands",
            "consultants_see_bands",
            "by_service_line",
            "by_tier",
            "top1_watch_percent",
            "top1_warn_percent",
            "top1_limit_percent",
            "top3_limit_percent",
            "hhi_watch",
            "hhi_limit",
            "first_contact_hours",
            "survey_pause_days",
            "survey_relational_days",
            "survey_people_per_client",
            "survey_new_client_days",
            "survey_after_delivery",
            "survey_delivery_days",
        ]


class FirmFigureForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FirmFigure
        fields = ["valid_on", "cash", "fixed_cost_monthly", "avoidable_percent"]
        error_messages = {"valid_on": {"unique": _("There are figures of this day already; correct those.")}}


class SegmentYearsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = SegmentYears
        fields = ["service_line", "tier", "years", "reason"]


class HealthWeightsForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new version of the weights, begun from the one in force."""

    class Meta:
        model = HealthWeights
        fields = [*FEATURES, "green_from", "amber_from", *CAPS, "reason"]

    def __init__(self, *args: Any, current: HealthWeights | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        copied = [*FEATURES, "green_from", "amber_from", *CAPS]
        if current is not None:
            self.initial.update({name: getattr(current, name) for name in copied})
