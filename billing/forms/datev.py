"""An own company's DATEV settings on one form: its numbers, and the account and tax key of every case."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import DatevSettings, DebtorAccount
from billing.models.datev import CASES
from billing.rules.datev import Case
from billing.services.datev_settings import accounts_of

EXAMPLES = {"adviser_number": "29098", "client_number": "55003", "initials": "MR", "first_debtor": "10000"}


class DatevForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: DatevSettings

    class Meta:
        model = DatevSettings
        fields = (
            "adviser_number",
            "client_number",
            "initials",
            "year_starts_in",
            "chart",
            "account_length",
            "first_debtor",
            "advances_since_on",
        )
        help_texts = {
            "adviser_number": _("1001 to 9999999; your tax adviser knows it."),
            "client_number": _("1 to 99999; the number of this company at the adviser."),
            "first_debtor": _("Clients without a debtor account on their card get the next free one from here on."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, example in EXAMPLES.items():
            self.fields[name].widget.attrs["placeholder"] = example
        for case, (account, tax_key) in accounts_of(self.instance).items():
            self.fields[f"account_{case}"] = forms.CharField(label=CASES[case], max_length=8, initial=account)
            self.fields[f"key_{case}"] = forms.CharField(
                label=_("Tax key"), max_length=4, required=False, initial=tax_key
            )

    @property
    def head(self) -> list[forms.BoundField]:
        return [self[name] for name in self.Meta.fields]

    @property
    def rows(self) -> list[tuple[object, forms.BoundField, forms.BoundField]]:
        return [(CASES[case], self[f"account_{case}"], self[f"key_{case}"]) for case in Case]

    def accounts(self) -> dict[Case, tuple[str, str]]:
        body = self.cleaned_data
        return {case: (body[f"account_{case}"].strip(), body[f"key_{case}"].strip()) for case in Case}


class DebtorForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: DebtorAccount

    class Meta:
        model = DebtorAccount
        fields = ("number",)

    def _get_validation_exclusions(self) -> set[str]:
        """The number is compared with those of the same company, which the form does not show."""
        return super()._get_validation_exclusions() - {"settings"}  # type: ignore[no-any-return, misc]
