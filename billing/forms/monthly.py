"""Sending a monthly report: to whom, and what comes next."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.forms.addressees import choose_addressee
from clients.models import Client, Contact


class MonthlySendForm(forms.Form):
    contact = forms.ModelChoiceField(Contact.objects.none(), required=False, label=_("Whom"))
    steps = forms.CharField(
        label=_("Next steps"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One on each line, in the client’s language. Open promises stand below them by themselves."),
    )

    def __init__(self, *args: Any, client: Client, is_sent: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_addressee(cast("forms.ModelChoiceField[Contact]", self.fields["contact"]), client)
        if is_sent:
            self.fields.pop("steps")
