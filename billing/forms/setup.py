"""Forms of the first-run guide: each step is a few of them, saved together."""

from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Rate, Series, VatRate
from clients.forms.checked import Checked
from clients.models import BankAccount, Seller
from crm.models import Firm

PATTERN_HELP = _("{year} is the year, {number:04} the number with four digits: 2026-0001.")


class Currency(TextChoices):
    EUR = "EUR", _("EUR, euro")
    RUB = "RUB", _("RUB, rouble")
    CHF = "CHF", _("CHF, franc")
    GBP = "GBP", _("GBP, pound")
    USD = "USD", _("USD, dollar")


class FirmNameForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Firm
        fields = ["name"]


class CurrencyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    base_currency = forms.ChoiceField(
        label=_("Base currency"),
        choices=Currency.choices,
        help_text=_("Reports of the whole firm add up in it; documents keep their own."),
    )

    class Meta:
        model = Firm
        fields = ["base_currency"]


class CompanyForm(Checked):
    """An own company; the identifiers that its country has."""

    class Meta:
        model = Seller
        fields = [
            "is_active",
            "name",
            "street",
            "postcode",
            "city",
            "vat_id",
            "tax_number",
            "registration_reason",
            "email",
            "phone",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("vat_id" if self.instance.country == "RU" else "registration_reason")
        self.fields["is_active"].label = _("We have this company")
        is_russian = self.instance.country == "RU"
        self.fields["name"].widget.attrs["placeholder"] = (
            "ООО «Меридиан Аудит»" if is_russian else "Meridian Consulting GmbH"
        )
        if is_russian:
            self.fields["tax_number"].label = _("INN")


class AccountForm(Checked):
    """The account that stands on invoices; may be left empty for now."""

    class Meta:
        model = BankAccount
        fields = ["bank_name", "iban", "bic", "account_number", "bik", "correspondent_account"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted, self.use_required_attribute = True, False
        russian = self.instance.seller.country == "RU"
        for name in ("iban", "bic") if russian else ("account_number", "bik", "correspondent_account"):
            self.fields.pop(name)


class VatForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Seller
        fields = ["vat_regime", "is_taxed_when_paid", "price_includes_tax"]


class VatRateForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """A new statutory rate; the one before must end first."""

    class Meta:
        model = VatRate
        fields = ["country", "category", "rate", "valid_from", "valid_to"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted, self.use_required_attribute = True, False


class SeriesForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Series
        fields = ["pattern", "first_number"]
        help_texts = {"pattern": PATTERN_HELP}


class DefaultRateForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """What an hour costs when nothing more specific is agreed."""

    class Meta:
        model = Rate
        fields = ["amount", "price_includes_tax", "valid_from"]
        labels = {"amount": _("Default price an hour")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.empty_permitted, self.use_required_attribute = True, False
        if not self.initial.get("valid_from"):
            self.initial["valid_from"] = timezone.localdate().replace(month=1, day=1)
        self.fields["amount"].widget.attrs["placeholder"] = "150.00"
        self.fields["amount"].help_text = self.instance.currency
