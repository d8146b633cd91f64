"""The request of a person to be erased, and the word of the partner who carries it out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Erasure


class ErasureForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Erasure
        fields = ("asked_on", "channel")
        help_texts = {"asked_on": _("From this day on the law gives a month.")}


class CarryOutForm(forms.Form):
    understood = forms.BooleanField(label=_("I know that this cannot be undone."))
