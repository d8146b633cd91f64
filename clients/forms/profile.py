"""Forms of the business profile and of competitors seen at a client."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import BusinessProfile, CompetitorSeen
from clients.models.profile import PARTS


def filled(form: Any) -> Any:
    """The row with what was typed, not saved."""
    for name, value in form.cleaned_data.items():
        setattr(form.instance, name, value)
    return form.instance


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = BusinessProfile
        fields = (*PARTS, "reviewed_on", "stale_on")
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in PARTS}
        help_texts = {
            "goals": _("What they want to reach in the next years."),
            "constraints": _("Money, time, law, people: what binds them."),
            "stale_on": _("From this day on it is shown as out of date."),
        }

    def _post_clean(self) -> None:
        """The service asks the model."""


class CompetitorForm(forms.ModelForm):  # type: ignore[type-arg]  # as above
    class Meta:
        model = CompetitorSeen
        fields = ("name", "seen_on", "note")

    def _post_clean(self) -> None:
        """The service asks the model."""
