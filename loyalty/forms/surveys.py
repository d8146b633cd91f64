"""A campaign with its audience, and the answer to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from clients.models.firm import Tier
from crm.db import by_name
from crm.models import User
from loyalty.models import Survey


class SurveyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A campaign and its audience; an empty choice means everybody that its maker may handle."""

    tier = forms.MultipleChoiceField(
        label=_("tiers"), choices=Tier.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    buying_role = forms.MultipleChoiceField(
        label=_("buying roles"),
        choices=Contact.BuyingRole.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    level = forms.MultipleChoiceField(
        label=_("levels"), choices=Contact.Level.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    client = forms.ModelChoiceField(
        label=_("only this client"), queryset=Client.objects.none(), required=False, empty_label=_("all clients")
    )

    class Meta:
        model = Survey
        fields = ["name", "kind"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field = self.fields["client"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Client.objects.current().changeable_by(user).in_care().order_by(by_name("name"), "pk")

    def save(self, commit: bool = True) -> Survey:
        """Keeps what was chosen as the survey's audience."""
        chosen = {name: self.cleaned_data[name] for name in ("tier", "buying_role", "level")}
        if client := self.cleaned_data["client"]:
            chosen["client"] = [client.pk]
        self.instance.audience = {name: values for name, values in chosen.items() if values}
        self.instance.made_by = self.user
        saved: Survey = super().save(commit=commit)
        return saved


class AnswerForm(forms.Form):
    """A score with an optional comment; or only the wish not to be asked again."""

    score = forms.TypedChoiceField(
        coerce=int,
        choices=[(score, score) for score in range(11)],
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose a number from 0 to 10.")},
    )
    comment = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)
    call_back = forms.BooleanField(required=False)
    refuse = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        chosen = self.cleaned_data
        if chosen.get("score") is None and not chosen.get("refuse") and "score" not in self.errors:
            self.add_error("score", _("Choose a number from 0 to 10."))
        return chosen
