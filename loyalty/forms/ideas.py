"""An idea, and a session that finds many at one touch point."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick
from clients.forms.treatment import ForClient
from crm.models import User
from crm.web.forms import offer
from loyalty.models import Idea


class IdeaForm(ForClient):
    """Marks, owner and day may come later; what a state lacks, the model says."""

    client = ClientPick(label=_("Client"), required=False)
    cost_is_money = False

    class Meta:
        model = Idea
        fields = (
            "text",
            "touch_point",
            "finding",
            "source",
            "noted_on",
            "client",
            "contact",
            "proposal",
            "usefulness",
            "cost",
            "difficulty",
            "state",
            "owner",
            "due_on",
            "done_on",
            "outcome",
        )
        widgets = {"text": forms.Textarea(attrs={"rows": 2}), "proposal": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer(self, "owner", User.objects.working())


class SessionForm(forms.Form):
    """One touch point, and what was found there: a field for each finding, an idea a line."""

    touch_point = forms.ChoiceField(label=_("Touch point"), choices=Idea.TouchPoint.choices)
    client = ClientPick(label=_("Client"), required=False, help_text=_("Leave empty if it holds for all."))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pick = self.fields["client"]
        if isinstance(pick, ClientPick):
            pick.let(user)
        for finding, label in Idea.Finding.choices:
            self.fields[finding] = forms.CharField(
                label=label, required=False, max_length=6000, widget=forms.Textarea(attrs={"rows": 3})
            )

    @property
    def findings(self) -> Iterator[forms.BoundField]:
        return (self[finding] for finding in Idea.Finding.values)

    def found(self) -> dict[str, str]:
        return {finding: self.cleaned_data[finding] for finding in Idea.Finding.values}
