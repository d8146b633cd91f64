"""Forms of advance VAT invoices: which receipts get one, and why one is taken back."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.services.advance_receipts import Receipt


class ReceiptsForm(forms.Form):
    """The VAT invoices of the chosen receipts, all dated on one day; each with the number of its payment order."""

    receipt = forms.MultipleChoiceField(label=_("Receipts"), required=False)
    issued_on = forms.DateField(
        label=_("Dated"), help_text=_("On or after the day of the money; numbers follow the order of days.")
    )

    def __init__(self, *args: Any, receipts: Sequence[Receipt], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.receipts: Mapping[str, Receipt] = {row.key: row for row in receipts}
        field = self.fields["receipt"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  # declared above
        field.choices = [(key, key) for key in self.receipts]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and not said.get("receipt"):
            raise forms.ValidationError(_("Choose at least one row."), code="required")
        return said

    def ticks(self, receipt: Receipt) -> bool:
        """At first all; afterwards what was chosen."""
        return not self.is_bound or receipt.key in (self["receipt"].value() or ())

    def number_of(self, receipt: Receipt) -> str:
        """The number of the payment order as it was typed, else as the bank said."""
        return str(self.data.get(f"number-{receipt.key}", receipt.payment_number))[:40]

    def chosen(self) -> list[tuple[Receipt, str, date]]:
        said = self.cleaned_data
        rows = [self.receipts[key] for key in said["receipt"]]
        return [(row, self.number_of(row), said["issued_on"]) for row in rows]
