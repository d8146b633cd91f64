"""How one wants to be told."""

from typing import Any

from django import forms
from django.utils.text import capfirst

from clients.models import NoticeChoice
from clients.services.notices import notice_kinds

HOURS = [(hour, f"{hour:02}:00") for hour in range(5, 22)]


class NoticeChoiceForm(forms.ModelForm):  # type: ignore[type-arg]
    digest_hour = forms.TypedChoiceField(choices=HOURS, coerce=int)
    at_once = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = NoticeChoice
        fields = ("wants_digest", "digest_hour", "at_once")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("digest_hour", "at_once"):
            field: Any = NoticeChoice._meta.get_field(name)
            self.fields[name].label = capfirst(field.verbose_name)
        kinds: Any = self.fields["at_once"]
        kinds.choices = [(kind.code, kind.label) for kind in notice_kinds()]
