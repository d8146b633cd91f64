"""Forms of the first-run guide: each step is a few of them, saved together."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Rate, Series, VatRate
from clients.models import BankAccount, Seller
from clients.rules.bank_ids import is_bic, is_bik, is_iban, is_russian_account
from clients.rules.tax_ids import compact, is_inn, is_kpp, is_vat_id
from crm.models import Firm

CHECKS = {
    "vat_id": (is_vat_id, _("This is no valid VAT ID, for example DE129273398.")),
    "inn": (is_inn, _("This INN has a wrong check digit or length, for example 7707083893.")),
    "registration_reason": (is_kpp, _("A KPP has nine digits, for example 773601001.")),
    "iban": (is_iban, _("This IBAN has a wrong check digit or length, for example DE89370400440532013000.")),
    "bic": (is_bic, _("A BIC has 8 or 11 characters, for example COBADEFFXXX.")),
    "bik": (is_bik, _("A BIK has nine digits and begins with 04, for example 044525225.")),
}
EXAMPLES = {
    "name": "Meridian Consulting GmbH",
    "vat_id": "DE129273398",
    "inn": "7707083893",
    "registration_reason": "773601001",
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
    "bik": "044525225",
    "account_number": "40702810938000060473",
}


PATTERN_HELP = _("{year} is the year, {number:04} the number with four digits: 2026-0001.")


class Currency(TextChoices):
    EUR = "EUR", _("EUR, euro")
    RUB = "RUB", _("RUB, rouble")
    CHF = "CHF", _("CHF, franc")
    GBP = "GBP", _("GBP, pound")
    USD = "USD", _("USD, dollar")


def check(kind: str, value: str) -> Any:
    """What is wrong with an identifier, None when nothing is or it is not of a checked kind."""
    if kind not in CHECKS or not value.strip():
        return None
    is_right, words = CHECKS[kind]
    return None if is_right(value) else words


class Checked(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    """Identifiers are checked while they are typed and again when they are saved; examples stand in the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            kind = self.kind_of(name)
            if kind in EXAMPLES:
                field.widget.attrs["placeholder"] = EXAMPLES[kind]
            if kind in CHECKS:
                target = f"#check-{self[name].auto_id}"
                field.widget.attrs |= {
                    "hx-get": reverse_lazy("billing:setup_check", args=[kind]),
                    "hx-trigger": "input changed delay:300ms, blur",
                    "hx-target": target,
                }

    def kind_of(self, name: str) -> str:
        return name

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        for name in self.fields:
            wrong = check(self.kind_of(name), str(body.get(name) or ""))
            if wrong:
                self.add_error(name, ValidationError(wrong, code="invalid"))
            elif self.kind_of(name) in CHECKS:
                body[name] = compact(str(body.get(name) or ""))
        return body


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
        if self.instance.country == "RU":
            self.fields["tax_number"].label = _("INN")
            self.fields["name"].widget.attrs["placeholder"] = "ООО «Меридиан Аудит»"

    def kind_of(self, name: str) -> str:
        return "inn" if name == "tax_number" and self.instance.country == "RU" else name


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

    def clean(self) -> dict[str, Any]:
        body = super().clean()
        number, bik = compact(str(body.get("account_number") or "")), str(body.get("bik") or "")
        if number and bik and "bik" not in self.errors and not is_russian_account(number, bik=bik):
            self.add_error("account_number", ValidationError(_("Account and BIK do not belong together."), "invalid"))
        return body


class VatForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    class Meta:
        model = Seller
        fields = ["vat_regime", "price_includes_tax"]


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
