"""Identifiers in forms: an example in the field, checked while they are typed and again when they are saved."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from clients.rules.bank_ids import is_bic, is_bik, is_iban, is_russian_account
from clients.rules.tax_ids import compact, is_german_tax_number, is_inn, is_kpp, may_be_vat_id

CHECKS = {
    "vat_id": (may_be_vat_id, _("This is no valid VAT ID, for example DE129273398.")),
    "inn": (is_inn, _("This INN has a wrong check digit or length, for example 7707083893.")),
    "steuernummer": (
        is_german_tax_number,
        _("No German state has tax numbers like this one, for example 143/815/08155."),
    ),
    "registration_reason": (is_kpp, _("A KPP has nine digits, for example 773601001.")),
    "iban": (is_iban, _("This IBAN has a wrong check digit or length, for example DE89370400440532013000.")),
    "bic": (is_bic, _("A BIC has 8 or 11 characters, for example COBADEFFXXX.")),
    "bik": (is_bik, _("A BIK has nine digits and begins with 04, for example 044525225.")),
}
TAX_NUMBERS = {"RU": "inn", "DE": "steuernummer"}
ACCOUNTS = ("account_number", "correspondent_account")
FOREIGN = _("Account and BIK do not belong together.")
EXAMPLES = {
    "vat_id": "DE129273398",
    "inn": "7707083893",
    "steuernummer": "143/815/08155",
    "registration_reason": "773601001",
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
    "bik": "044525225",
    "account_number": "40702810938000060473",
    "correspondent_account": "30101810400000000225",
}


def kind_of(name: str, *, country: str) -> str:
    """Which identifier a field holds: most are named so, and a tax number is its country's."""
    return TAX_NUMBERS.get(country.upper(), "") if name == "tax_number" else name


def check(kind: str, value: str, *, bik: str = "") -> Any:
    """What is wrong with an identifier; None when nothing is, or when it is of no kind that is checked.

    A Russian account is checked against the `bik` of its bank, once that is there.
    """
    if kind in ACCOUNTS and value.strip() and is_bik(compact(bik)):
        return None if is_russian_account(compact(value), bik=compact(bik)) else FOREIGN
    if kind not in CHECKS or not value.strip():
        return None
    is_right, words = CHECKS[kind]
    return None if is_right(compact(value)) else words


class Checked(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self._country(self["country"].value() if "country" in self.fields else "")
        for name, field in self.fields.items():
            kind = kind_of(name, country=country)
            if kind in EXAMPLES:
                field.widget.attrs["placeholder"] = EXAMPLES[kind]
            beside = self._beside(name)
            if kind in CHECKS or beside:
                field.widget.attrs |= self._asking(name, name if beside else kind, beside)

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        country = self._country(body.get("country"))
        for name in self.fields:
            kind = kind_of(name, country=country)
            wrong = check(kind, str(body.get(name) or ""), bik=str(body.get("bik") or ""))
            if wrong:
                self.add_error(name, ValidationError(wrong, code="invalid"))
            elif kind in (*CHECKS, *ACCOUNTS) and name in body:
                body[name] = compact(str(body[name] or ""))
        return body

    def _country(self, given: Any) -> str:
        """Whose identifiers they are: the country that the form gives, else the one of the row."""
        return str(given or "") if "country" in self.fields else str(getattr(self.instance, "country", ""))

    def _beside(self, name: str) -> str:
        """The field without which this one cannot be judged: an account's BIK, a tax number's country."""
        other = "country" if name == "tax_number" else "bik" if name in ACCOUNTS else ""
        return other if other in self.fields else ""

    def _asking(self, name: str, kind: str, beside: str) -> dict[str, Any]:
        """The attributes by which a field asks while it is typed, with the field beside it that counts."""
        asking = {
            "hx-get": reverse_lazy("clients:identifier_check", args=[kind]),
            "hx-trigger": "input changed delay:300ms, blur",
            "hx-target": f"#{self[name].auto_id}_check",
        }
        return asking | ({"hx-include": f"#{self[beside].auto_id}"} if beside else {})
