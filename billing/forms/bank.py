"""A file of the bank, the reason for a statement that is held, the columns of a CSV, and whose an entry is."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.models import BankColumns
from billing.rules.bank.statement import MOST_BYTES
from clients.models import BankAccount, Client
from clients.models.client import ClientQuery
from crm.web.forms import offer


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=_("File"), help_text=_("CAMT.053, MT940, 1CClientBankExchange or CSV, up to 20 MB."), max_length=200
    )
    account = forms.ModelChoiceField(
        BankAccount.objects.filter(seller__is_active=True),
        label=_("Account"),
        required=False,
        empty_label=_("as the file says"),
        help_text=_("Only for CSV, which does not name its account."),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 20 MB."), code="too_large")
        return file


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class AcceptForm(forms.Form):
    """One that is held needs a reason."""

    reason = forms.CharField(label=_("Why it is right all the same"), max_length=200)

    def __init__(self, *args: Any, is_held: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_held


class WhoseForm(forms.Form):
    """Whose money it is; what the client owes is offered below."""

    client = forms.ModelChoiceField(Client.objects.none(), label=_("Client"))

    def __init__(self, *args: Any, clients: ClientQuery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "client", clients)


class ColumnsForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: BankColumns

    class Meta:
        model = BankColumns
        fields = ("booked_on", "amount", "credit", "debit", "payer_name", "payer_account", "purpose", "currency")
        help_texts = {
            "booked_on": _("The header of the column, as the file writes it: Buchungstag, Дата."),
            "amount": _("One column with signs: what went out is negative."),
            "credit": _("Instead of it, where the bank has two columns: what came in, such as Haben or Приход."),
            "debit": _("And what went out, such as Soll or Расход."),
        }
