"""Identifiers in forms: an example in the field, checked while they are typed and again when they are saved."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from clients.rules.bank_ids import is_bic, is_bik, is_iban, is_russian_account
from clients.rules.tax_ids import compact, is_inn, is_kpp, is_vat_id

CHECKS = {
    "vat_id": (is_vat_id, _("This is no valid VAT ID, for example DE129273398.")),
    "inn": (is_inn, _("This INN has a wrong check digit or length, for example 7707083893.")),
    "registration_reason": (is_kpp, _("A KPP has nine digits, for example 773601001.")),
    "iban": (is_iban, _("This IBAN has a wrong check digit or length, for example DE89370400440532013000.")),
    "bic": (is_bic, _("A BIC has 8 or 11 characters, for example COBADEFFXXX.")),
    "bik": (is_bik, _("A BIK has nine digits and begins with 04, for example 044525225.")),
}
ACCOUNTS = ("account_number", "correspondent_account")
FOREIGN = _("Account and BIK do not belong together.")
EXAMPLES = {
    "vat_id": "DE129273398",
    "inn": "7707083893",
    "registration_reason": "773601001",
    "iban": "DE89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
    "bik": "044525225",
    "account_number": "40702810938000060473",
    "correspondent_account": "30101810400000000225",
}


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
    """`kind_of` says which fields hold which identifiers; the names of most are their kinds."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            kind = self.kind_of(name)
            if kind in EXAMPLES:
                field.widget.attrs["placeholder"] = EXAMPLES[kind]
            if kind in CHECKS or (kind in ACCOUNTS and "bik" in self.fields):
                field.widget.attrs |= self._asking(name, kind)

    def kind_of(self, name: str) -> str:
        """An INN where the company is in Russia; of other countries nothing is checked."""
        if name != "tax_number":
            return name
        return "inn" if getattr(self.instance, "country", "") == "RU" else ""

    def clean(self) -> dict[str, Any]:
        body: dict[str, Any] = super().clean() or {}
        for name in self.fields:
            kind = self.kind_of(name)
            wrong = check(kind, str(body.get(name) or ""), bik=str(body.get("bik") or ""))
            if wrong:
                self.add_error(name, ValidationError(wrong, code="invalid"))
            elif kind in (*CHECKS, *ACCOUNTS) and name in body:
                body[name] = compact(str(body[name] or ""))
        return body

    def _asking(self, name: str, kind: str) -> dict[str, Any]:
        """The attributes by which a field asks while it is typed; an account sends the BIK along."""
        asking = {
            "hx-get": reverse_lazy("clients:identifier_check", args=[kind]),
            "hx-trigger": "input changed delay:300ms, blur",
            "hx-target": f"#{self[name].auto_id}_check",
        }
        return asking | ({"hx-include": f"#{self['bik'].auto_id}"} if kind in ACCOUNTS else {})
