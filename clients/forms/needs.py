"""Forms of the need register; the services check the whole."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.picks import ClientPick, people_of
from clients.forms.treatment import ForClient
from clients.models import Client, Contact, Need, ServiceLine
from clients.services.needs import neighbours_of
from crm.access import may
from crm.models import User
from crm.web.formats import language
from crm.web.forms import offer, offer_still


class LineChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # the class itself takes no index
    """A service line under its name in the reader's language."""

    def label_from_instance(self, obj: Any) -> str:
        return cast("ServiceLine", obj).name_in(language())


class NeedForm(ForClient):
    client = ClientPick(label=_("Client"))

    class Meta:
        model = Need
        fields = ("client", "contact", "service_line", "evidence", "due_on", "value", "currency")
        field_classes = {"service_line": LineChoice}
        widgets = {"evidence": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        offer_still(self, "service_line", ServiceLine.objects.filter(is_active=True))
        self.fields["currency"].required = False
        if not may(user, "value.amounts"):
            for name in ("value", "currency"):
                del self.fields[name]


class DropForm(forms.Form):
    reason = forms.CharField(label=_("Why not"), max_length=300)


class LineChoices(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as above
    def label_from_instance(self, obj: Any) -> str:
        return cast("ServiceLine", obj).name_in(language())


class MentionForm(forms.Form):
    """Services that the client does not use, ticked as they were spoken of."""

    lines = LineChoices(ServiceLine.objects.none(), label=_("Mentioned"), widget=forms.CheckboxSelectMultiple)
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("To whom"), required=False)
    evidence = forms.CharField(label=_("On what occasion"), max_length=500)

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "lines", neighbours_of(client))
        offer(self, "contact", people_of(client))
