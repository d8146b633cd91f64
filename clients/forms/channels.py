"""Forms of direct channels, inquiries and distance; the services check the whole."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.needs import LineChoice
from clients.forms.picks import ClientPick
from clients.forms.treatment import ForClient
from clients.models import DirectChannelGrant, DistancePolicy, Inquiry, PersonalRelationship, ServiceLine
from clients.services.inquiries import Ending
from crm.models import User
from crm.web.forms import offer


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
        offer(self, "employee", User.objects.working())


class KeepForm(forms.Form):
    reason = forms.CharField(label=_("Why it stays"), max_length=300)


class RevokeForm(forms.Form):
    on = forms.DateField(label=_("Last day"))


class InquiryForm(ForPerson):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = Inquiry
        fields = ("client", "contact", "channel", "route", "wanted", "received_at", "text", "reply", "owner")
        widgets = {"text": forms.Textarea(attrs={"rows": 2}), "reply": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        for name in ("wanted", "owner"):
            offer(self, name, User.objects.working())


class EndingForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Ended as"), choices=Inquiry.Outcome.choices, widget=forms.RadioSelect)
    answer = forms.CharField(
        label=_("The answer"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    minutes = forms.IntegerField(label=_("Minutes of free advice"), required=False, min_value=0, max_value=1440)
    service_line = LineChoice(
        queryset=ServiceLine.objects.filter(is_active=True), label=_("Service line"), required=False
    )

    @property
    def ending(self) -> Ending:
        return Ending(**{**self.cleaned_data, "minutes": self.cleaned_data["minutes"] or 0})


class RelationshipForm(ForPerson):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = PersonalRelationship
        fields = ("client", "contact", "kind", "declared_on", "note")


class RelationshipEndForm(forms.Form):
    ended_on = forms.DateField(label=_("Ended on"))


class DistanceForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = DistancePolicy
        fields = ("gift_cap",)
