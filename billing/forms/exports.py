"""What should leave for another program: the format, the period and what else is chosen."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from billing.exports.batches import Asked
from billing.exports.formats import formats
from billing.models import Invoice
from clients.models import Client, Seller
from crm.db import by_name
from crm.web.formats import SYMBOLS


class ExportForm(forms.Form):
    format = forms.ChoiceField(label=_("Format"))
    seller = forms.ModelChoiceField(
        Seller.objects.filter(is_active=True),
        label=_("Own company"),
        required=False,
        empty_label=_("all own companies"),
    )
    from_on = forms.DateField(label=_("From"))
    to_on = forms.DateField(label=_("To"))
    kind = forms.ChoiceField(
        label=_("Documents"), required=False, choices=[("", _("invoices and credit notes")), *Invoice.Kind.choices]
    )
    currency = forms.ChoiceField(
        label=_("Currency"), required=False, choices=[("", _("all currencies")), *((code, code) for code in SYMBOLS)]
    )
    client = forms.ModelChoiceField(
        Client.objects.none(), label=_("Client"), required=False, empty_label=_("all clients")
    )
    language = forms.ChoiceField(
        label=_("Written for"),
        required=False,
        choices=[*settings.LANGUAGES, ("", _("programs: machine names, ISO dates"))],
        help_text=_("CSV and Excel only; other formats have their own grammar."),
    )
    reason = forms.CharField(
        label=_("Reason to repeat"),
        required=False,
        max_length=200,
        help_text=_("Only to send again what has left in this format already."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "export_%s"} | kwargs)
        format_field, client_field = self.fields["format"], self.fields["client"]
        if isinstance(format_field, forms.ChoiceField):
            format_field.choices = [(each.code, each.label) for each in formats().values()]
        if isinstance(client_field, forms.ModelChoiceField):
            client_field.queryset = Client.objects.order_by(by_name("name"), "pk")

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        first, last = body.get("from_on"), body.get("to_on")
        if isinstance(first, date) and isinstance(last, date) and last < first:
            self.add_error("to_on", ValidationError(_("It ends before it begins."), code="ends_before_start"))
        return body

    def asked(self) -> Asked:
        body = dict(self.cleaned_data)
        return Asked(first=body.pop("from_on"), last=body.pop("to_on"), **body)
