"""What people choose on loyalty's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Contact
from clients.models.firm import Tier
from loyalty.models import ConcentrationSnapshot, FirmFigure, LoyaltyPolicy, Survey
from loyalty.services.concentration import By


class PortfolioForm(forms.Form):
    """The window and grouping of the portfolio; wrong values fall back to the defaults."""

    months = forms.TypedChoiceField(coerce=int, choices=[(3, ""), (12, ""), (36, "")], required=False)
    by = forms.ChoiceField(choices=[(each.value, each.value) for each in By], required=False)
    basis = forms.ChoiceField(choices=ConcentrationSnapshot.Basis.choices, required=False)

    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        chosen = self.cleaned_data
        basis = chosen.get("basis") or "revenue"
        by = By(chosen.get("by") or By.GROUP)
        if by == By.SERVICE_LINE:
            basis = "revenue"
        return {"months": chosen.get("months") or 12, "by": by, "basis": basis}


class StressForm(forms.Form):
    """Clients that leave or pay late, and by how many days."""

    lost = forms.TypedMultipleChoiceField(coerce=int, required=False)
    late = forms.TypedMultipleChoiceField(coerce=int, required=False)
    days = forms.IntegerField(label=_("days late"), min_value=0, max_value=365, required=False)

    def __init__(self, *args: Any, clients: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("lost", "late"):
            field = self.fields[name]
            assert isinstance(field, forms.TypedMultipleChoiceField)  # noqa: S101 (narrows the type for mypy)
            field.choices = [(pk, pk) for pk in clients]


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A campaign and its audience; an empty choice means everybody."""

    tier = forms.MultipleChoiceField(label=_("tiers"), choices=Tier.choices, required=False)
    buying_role = forms.MultipleChoiceField(label=_("buying roles"), choices=Contact.BuyingRole.choices, required=False)
    level = forms.MultipleChoiceField(label=_("levels"), choices=Contact.Level.choices, required=False)

    class Meta:
        model = Survey
        fields = ["name", "kind"]

    def save(self, commit: bool = True) -> Survey:
        """Keeps what was chosen as the survey's audience, beside active clients only."""
        chosen = {name: self.cleaned_data[name] for name in ("tier", "buying_role", "level")}
        self.instance.audience = {"status": ["active", "dormant"], **{k: v for k, v in chosen.items() if v}}
        saved: Survey = super().save(commit=commit)
        return saved


class AnswerForm(forms.Form):
    """A score with an optional comment; or only the wish not to be asked again."""

    score = forms.TypedChoiceField(
        coerce=int, choices=[(score, score) for score in range(11)], required=False, empty_value=None
    )
    comment = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)
    refuse = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("score") is None and not chosen.get("refuse") and "score" not in self.errors:
            self.add_error("score", _("Choose a number from 0 to 10."))
        return chosen


class PolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = LoyaltyPolicy
        fields = [
            "badge",
            "expected_years",
            "discount_rate_percent",
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
        ]


class FirmFigureForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = FirmFigure
        fields = ["valid_on", "cash", "fixed_cost_monthly", "avoidable_percent"]
