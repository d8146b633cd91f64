"""Forms of direct channels; the services check the whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick
from clients.forms.treatment import ForClient
from clients.models import DirectChannelGrant
from crm.models import User


class ForPerson(ForClient):
    """Of a client and a person there: whoever is picked first offers the other's choices."""

    asks_person = True

    @property
    def rest(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name not in ("client", "contact")]


class GrantForm(ForPerson):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = DirectChannelGrant
        fields = ("client", "contact", "employee", "channel", "granted_on", "reason")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self._offer("employee", User.objects.working())


class KeepForm(forms.Form):
    reason = forms.CharField(label=_("Why it stays"), max_length=300)


class RevokeForm(forms.Form):
    on = forms.DateField(label=_("Last day"))
