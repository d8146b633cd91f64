"""The form of a call, meeting or message: quick for the usual, complete under "More"."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick, people_of, picked_client
from clients.models import Client, Interaction
from clients.services.interactions import warnings_of
from crm.models import User
from crm.web.forms import offer_still

MOODS = [("", _("not noted")), (2, "+2"), (1, "+1"), (0, "0"), (-1, "−1"), (-2, "−2")]


class InteractionForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: Interaction
    client = ClientPick(label=_("Client"))
    sentiment = forms.TypedChoiceField(
        label=_("Mood"), choices=MOODS, coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )
    not_secret = forms.BooleanField(label=_("It is no secret, save it as it stands"), required=False)

    class Meta:
        model = Interaction
        fields = (
            "client",
            "kind",
            "contacts",
            "employees",
            "occurred_at",
            "minutes",
            "summary",
            "sentiment",
            "direction",
            "initiated_by",
            "reason",
            "via",
            "mode",
            "cost",
            "is_missed",
        )
        widgets = {
            "kind": forms.RadioSelect,
            "contacts": forms.CheckboxSelectMultiple,
            "employees": forms.SelectMultiple(attrs={"size": 4}),
            "summary": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pick = self.fields["client"]
        if isinstance(pick, ClientPick):
            pick.let(user)
        self.fields["occurred_at"].initial = now
        offer_still(self, "employees", User.objects.working())
        self.fields["employees"].initial = [user.pk]
        offer_still(self, "contacts", self._people())
        if self.instance.pk and not Client.objects.money_open_to(user).filter(pk=self.instance.client_id).exists():
            self.fields.pop("cost")

    @property
    def picked(self) -> Client | None:
        return picked_client(self)

    def _people(self) -> Any:
        return people_of(self.picked)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if cleaned and not cleaned.get("not_secret"):
            for warning in warnings_of(cleaned.get("summary", "")):
                self.add_error("summary", forms.ValidationError(warning, code="secret"))
        return cleaned

    @property
    def looks_secret(self) -> bool:
        return self.has_error("summary", "secret")

    @property
    def more_is_open(self) -> bool:
        """Whether the rest of the form needs a look."""
        return any(self.has_error(name) for name in ("employees", "direction", "initiated_by", "via", "reason", "cost"))

    def _post_clean(self) -> None:
        """The service checks and saves the row; a half-filled one must not fail here on its constraints."""
