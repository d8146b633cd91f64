"""The form of a referral: somebody of one client sent us another."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick
from clients.models import Client, Contact, Referral
from crm.models import User


class ReferralForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    client = ClientPick(label=_("New client"))

    class Meta:
        model = Referral
        fields = ("contact", "client", "referred_on", "note")

    def __init__(self, *args: Any, referrer: Client, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("ClientPick", self.fields["client"]).let(user)
        contact = cast("forms.ModelChoiceField[Contact]", self.fields["contact"])
        contact.queryset = Contact.objects.here().filter(client__in=referrer.family)
        contact.required = True

    def filled(self) -> Referral:
        """The instance with what was typed, not saved."""
        for name, value in self.cleaned_data.items():
            setattr(self.instance, name, value)
        row: Referral = self.instance
        return row

    def _post_clean(self) -> None:
        """The service asks the model."""
