"""The form of a meeting that is planned."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ForPerson
from clients.forms.promise import moment_of
from clients.models import Contact


class MeetingForm(ForPerson):
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("With whom"), required=False)
    about = forms.CharField(label=_("About"), max_length=200)
    begins_on = forms.DateField(label=_("Day"))
    begins_time = forms.TimeField(label=_("Time"))

    @property
    def act(self) -> dict[str, Any]:
        """The arguments of `plan_meeting`."""
        given = self.cleaned_data
        begins_at = moment_of(given["begins_on"], given["begins_time"])
        return {**{name: given[name] for name in ("client", "contact", "about")}, "begins_at": begins_at}
