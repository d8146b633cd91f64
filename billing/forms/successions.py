"""Internal handover notes as people write them."""

from typing import Any, ClassVar

from django import forms

from billing.models import Engagement, SuccessionNote
from crm.models import User
from crm.web.forms import offer

WORDS = ("state", "promises", "values")


def filled(form: Any) -> SuccessionNote:
    """The note with what was typed, not saved: the service asks the model."""
    for name, value in form.cleaned_data.items():
        setattr(form.instance, name, value)
    note: SuccessionNote = form.instance
    return note


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = SuccessionNote
        fields: ClassVar[tuple[str, ...]] = WORDS
        widgets = {name: forms.Textarea(attrs={"rows": 4}) for name in WORDS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("state", "values"):
            self.fields[name].required = True

    def _post_clean(self) -> None:
        """The service asks the model."""


class ReplaceForm(NoteForm):
    class Meta(NoteForm.Meta):
        fields: ClassVar[tuple[str, ...]] = ("predecessor", "successor", "since_on", *WORDS)

    def __init__(self, *args: Any, engagement: Engagement, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = engagement.members.filter(to_on=None).values("user")
        offer(self, "predecessor", User.objects.filter(pk__in=here))
        offer(self, "successor", User.objects.working().exclude(pk__in=here))
