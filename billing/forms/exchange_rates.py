"""A rate by hand, and a file of a central bank."""

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import ExchangeRate


class RateFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("eurofxref.csv of the ECB, or XML_daily of the Bank of Russia.")
    )


class ExchangeRateForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = ExchangeRate
        fields = ["base", "quote", "rate", "valid_on"]
