"""A discount for a client or a tier."""

from typing import Any

from django import forms

from billing.forms.invoices import choose
from billing.models import Discount
from clients.models.client import ClientQuery


class DiscountForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Discount
        fields = ["client", "tier", "service_line", "covers", "percent", "valid_from", "valid_to", "reason"]

    def __init__(self, *args: Any, clients: ClientQuery, for_tiers: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose(self, "client", clients)
        if not for_tiers:
            self.fields["tier"] = forms.ChoiceField(choices=[("", "")], required=False, widget=forms.HiddenInput)
