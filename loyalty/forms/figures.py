"""What people choose on the portfolio and on the page of the NPS."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loyalty.models import ConcentrationSnapshot
from loyalty.services.holders import By

PERIODS = [(3, ""), (12, ""), (36, "")]
CHARTS = [("pareto", ""), ("lorenz", "")]
LATE_DAYS = 60


class PortfolioForm(forms.Form):
    """Window, grouping, basis and chart of the portfolio; wrong values fall back to the defaults."""

    months = forms.TypedChoiceField(coerce=int, choices=PERIODS, required=False)
    by = forms.ChoiceField(choices=[(each.value, each.value) for each in By], required=False)
    basis = forms.ChoiceField(choices=ConcentrationSnapshot.Basis.choices, required=False)
    chart = forms.ChoiceField(choices=CHARTS, required=False)

    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        chosen = self.cleaned_data
        by, basis = By(chosen.get("by") or By.GROUP), chosen.get("basis") or "revenue"
        return {
            "months": chosen.get("months") or 12,
            "by": by,
            "basis": "revenue" if by == By.SERVICE_LINE else basis,
            "chart": chosen.get("chart") or "pareto",
        }


class IdsField(forms.TypedMultipleChoiceField):
    """Any number of ids; whether they exist is the service's to say."""

    def __init__(self) -> None:
        super().__init__(coerce=int, required=False)

    def valid_value(self, value: Any) -> bool:
        return str(value).isascii() and str(value).isdecimal() and len(str(value)) < 19


class StressForm(forms.Form):
    """Clients that leave or pay late, and by how many days."""

    lost = IdsField()
    late = IdsField()
    days = forms.IntegerField(label=_("days late"), min_value=0, max_value=365, required=False, initial=LATE_DAYS)

    @property
    def query(self) -> str:
        """The same choice as an address asks it."""
        held = self.data if isinstance(self.data, QueryDict) else QueryDict()
        return urlencode([(name, value) for name in self.fields for value in held.getlist(name)])

    def chosen(self) -> dict[str, Any]:
        """Raises ValidationError for anything that is no list of clients or no number of days."""
        if not self.is_valid():
            raise ValidationError([each for errors in self.errors.as_data().values() for each in errors])
        days = self.cleaned_data["days"]
        return {
            "lost": frozenset(self.cleaned_data["lost"]),
            "late": frozenset(self.cleaned_data["late"]),
            "days": LATE_DAYS if days is None else days,
        }


class AnswersForm(forms.Form):
    """The filter of the answers behind an NPS; what nobody knows is passed over."""

    months = forms.TypedChoiceField(coerce=int, choices=PERIODS, required=False)
    q = forms.CharField(max_length=200, required=False)
    category = forms.CharField(max_length=20, required=False)
    role = forms.CharField(max_length=20, required=False)
    tier = forms.CharField(max_length=20, required=False)
    designation = forms.CharField(max_length=20, required=False)
    level = forms.CharField(max_length=20, required=False)
    line = forms.CharField(max_length=40, required=False)
    employee = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)

    def chosen(self) -> dict[str, Any]:
        self.full_clean()
        chosen = self.cleaned_data
        names = ("category", "role", "tier", "designation", "level", "line")
        named = {name: chosen.get(name, "") for name in names} | {"employee": chosen.get("employee")}
        return {"months": chosen.get("months") or 12, "words": chosen.get("q", "").strip(), **named}
