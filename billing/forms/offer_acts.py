"""Forms of what happens to an offer after it was accepted: notice, forecast, override."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.hours import HoursField
from billing.models import OverrunNotice
from billing.services.notices import Told


class NoticeForm(forms.Form):
    """The client was told: when, how, whom, and what the answer was."""

    informed_at = forms.DateTimeField(label=_("When the client was told"))
    channel = forms.ChoiceField(label=_("How"), choices=OverrunNotice.Channel.choices)
    person = forms.CharField(label=_("Who was told"), max_length=160)
    decision = forms.ChoiceField(
        label=_("The client says"), choices=OverrunNotice.Decision.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label=_("What was said"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def told(self) -> Told:
        return Told(**self.cleaned_data)


class ForecastForm(forms.Form):
    remaining_minutes = HoursField(label=_("Hours still to work"))


class OverrideForm(forms.Form):
    reason = forms.CharField(label=_("Why it bills all the same"), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["autofocus"] = True
