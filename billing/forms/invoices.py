"""What finance fills in to draft, write and issue invoices."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, Invoice
from billing.models.invoices import InvoiceQuery
from billing.rules.lines import Grouping
from clients.models import Client
from clients.models.client import ClientQuery
from crm.web.forms import offer

GROUPINGS = [
    (Grouping.ENGAGEMENT.value, _("engagement")),
    (Grouping.SERVICE_LINE.value, _("service line")),
    (Grouping.PERSON.value, _("person")),
    (Grouping.DAY.value, _("day")),
    (Grouping.ENTRY.value, _("time entry")),
]
COMPLETE_WORDS = _("Work waits until finance has completed its week. Expenses and fixed prices come along.")


class DraftForm(forms.Form):
    """Whose work to draft, up to which day, and how its lines are grouped."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))
    since = forms.DateField(label=_("Work from"), required=False)
    through = forms.DateField(label=_("Work up to"))
    engagement = forms.ModelChoiceField(
        Engagement.objects.none(), label=_("Engagement"), required=False, empty_label=_("all of them")
    )
    grouping = forms.ChoiceField(label=_("One line for each"), choices=GROUPINGS)
    complete_only = forms.BooleanField(label=_("Only complete weeks"), required=False, help_text=COMPLETE_WORDS)

    def __init__(self, *args: Any, clients: ClientQuery, client: Client | None, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "draft_%s"} | kwargs)  # it opens over lists with filters of the same name
        offer(self, "client", clients)
        if client:
            offer(self, "engagement", Engagement.objects.filter(client=client))


class DraftAllForm(forms.Form):
    through = forms.DateField(label=_("Work up to"))
    grouping = forms.ChoiceField(label=_("One line for each"), choices=GROUPINGS, required=False)
    complete_only = forms.BooleanField(label=_("Only complete weeks"), required=False, help_text=COMPLETE_WORDS)

    def clean_grouping(self) -> Grouping:
        return Grouping(self.cleaned_data["grouping"] or Grouping.ENGAGEMENT)


class IssueForm(forms.Form):
    issued_on = forms.DateField(label=_("Date of the invoice"))


class BulkIssueForm(IssueForm):
    """The drafts to issue together, in the order of the list."""

    draft = forms.ModelMultipleChoiceField(Invoice.objects.none(), label=_("Drafts"), widget=forms.MultipleHiddenInput)

    def __init__(self, *args: Any, drafts: InvoiceQuery, every: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "draft", drafts)
        self.fields["draft"].error_messages["required"] = str(_("Choose at least one draft."))
        if every:
            del self.fields["draft"]

    def named(self) -> list[Invoice]:
        return list(self.cleaned_data.get("draft") or ())
