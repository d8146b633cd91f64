"""The loop of a detractor: what people answer before it can be closed."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.models import DetractorLoop
from loyalty.services.loops import check_contact, first_contact


class LoopForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """All of it may come later; what was logged since the answer is proposed as the first contact."""

    instance: DetractorLoop
    recovered = forms.TypedChoiceField(
        label=_("Is the person recovered?"),
        choices=[("", "–"), ("1", _("yes")), ("0", _("no"))],
        coerce=lambda value: value == "1",
        empty_value=None,
        required=False,
    )

    class Meta:
        model = DetractorLoop
        fields = ["first_contact_at", "cause", "action", "recovered", "asks_again"]
        widgets = {"action": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at = at
        self.initial["first_contact_at"] = first_contact(self.instance)
        if self.instance.recovered is not None:
            self.initial["recovered"] = str(int(self.instance.recovered))

    def clean(self) -> dict[str, Any]:
        check_contact(self.instance, self.cleaned_data.get("first_contact_at"), at=self.at)
        return self.cleaned_data
