"""The form of a contact: who they are, what they decide, and who listens to them."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.forms.versions import Versioned
from clients.models import Contact, InfluenceEdge


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
        others = Contact.objects.filter(client=self.instance.client_id).exclude(pk=self.instance.pk or 0).here()
        self.fields["listens_to"].queryset = others  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["listens_to"].initial = list(self.instance.listens_to.values_list("speaker", flat=True))

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
        fields = ("private_notes",)
        widgets = {"private_notes": forms.Textarea(attrs={"rows": 6})}
