"""The form of a contact: who they are, what they decide, and who listens to them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick, people_of
from clients.forms.versions import Versioned
from clients.models import Contact, InfluenceEdge
from crm.models import User
from crm.web.forms import offer

KEPT = timedelta(days=365)


class ContactForm(Versioned):
    instance: Contact
    listens_to = forms.ModelMultipleChoiceField(
        Contact.objects.none(), label=_("Listens to"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Contact
        fields = (
            "first_name",
            "last_name",
            "position",
            "email",
            "phone",
            "language",
            "buying_role",
            "level",
            "influence",
            "interests",
            "birthday",
            "left_on",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        heard = list(self.instance.listens_to.values_list("speaker", flat=True)) if self.instance.pk else []
        here = people_of(self.instance.client).exclude(pk=self.instance.pk or 0).order_by().values("pk")
        offer(self, "listens_to", Contact.objects.filter(Q(pk__in=here) | Q(pk__in=heard)))
        self.fields["listens_to"].initial = heard

    @transaction.atomic
    def save(self, commit: bool = True) -> Contact:
        contact: Contact = super().save(commit)
        speakers = self.cleaned_data["listens_to"]
        contact.listens_to.exclude(speaker__in=speakers).delete()
        edges = [InfluenceEdge(listener=contact, speaker=speaker) for speaker in speakers]
        InfluenceEdge.objects.bulk_create(edges, ignore_conflicts=True)
        return contact


class NotesForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """Private notes stand apart: opening them is written into the audit trail."""

    instance: Contact

    class Meta:
        model = Contact
        fields = ("private_notes", "notes_class", "notes_until_on")
        widgets = {"private_notes": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["notes_class"].required = False
        self.fields["notes_until_on"].help_text = _("Then they are deleted; left empty, after a year.")

    def clean_notes_class(self) -> str:
        return self.cleaned_data["notes_class"] or self.instance.notes_class

    def clean(self) -> dict[str, Any]:
        """Notes end: after a year where nothing else is said."""
        body: dict[str, Any] = super().clean() or {}
        if body.get("private_notes") and not body.get("notes_until_on"):
            body["notes_until_on"] = timezone.localdate() + KEPT
        return body


class MoveForm(forms.Form):
    """Where the person works now."""

    client = ClientPick(label=_("New employer"))
    on = forms.DateField(label=_("Left on"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pick = self.fields["client"]
        if isinstance(pick, ClientPick):
            pick.let(user)


class GreetingForm(forms.Form):
    text = forms.CharField(
        label=_("Your words"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Saved to the timeline."),
    )
