"""Forms of the firm's own settings: tier policies, service lines, own companies and their accounts."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients.forms.checked import Checked
from clients.forms.versions import Versioned
from clients.models import BankAccount, Seller, ServiceLine, TierPolicy
from crm.web.hours import HoursField


class TierPolicyForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: TierPolicy

    class Meta:
        model = TierPolicy
        fields = (
            "attention_days",
            "first_response_hours",
            "discount_ceiling_percent",
            "goodwill_minutes",
            "direct_channels",
            "call_back_minutes",
        )
        field_classes = {"goodwill_minutes": HoursField}
        labels = {"goodwill_minutes": _("Goodwill hours a year")}


class ServiceLineForm(forms.ModelForm):  # type: ignore[type-arg]  # the class itself takes no index
    instance: ServiceLine

    class Meta:
        model = ServiceLine
        fields = ("code", "name", "name_ru", "name_de", "is_active", "spread_policy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["spread_policy"].required = False

    def clean_spread_policy(self) -> str:
        """The policy stays as it is, at first the model's default, where nothing is chosen."""
        return self.cleaned_data["spread_policy"] or self.instance.spread_policy


class SellerForm(Checked, Versioned):
    instance: Seller

    class Meta:
        model = Seller
        fields = (
            "name",
            "code",
            "street",
            "postcode",
            "city",
            "country",
            "language",
            "currency",
            "vat_regime",
            "is_taxed_when_paid",
            "vat_id",
            "tax_number",
            "registration_reason",
            "register_entry",
            "director_name",
            "edo_id",
            "acts_since_on",
            "advance_vat_since_on",
            "contact_name",
            "phone",
            "email",
            "price_includes_tax",
            "payment_terms_days",
            "rounding_step_minutes",
            "rounding_minimum_minutes",
            "rounding_scope",
            "overrun_tolerance_percent",
            "overrun_tolerance_minutes",
            "overrun_legal_basis",
            "outline_limit",
            "direct_channel_threshold",
            "consultants_see_rates",
            "keep_years",
            "is_active",
        )
        field_classes = {"overrun_tolerance_minutes": HoursField}
        labels = {"overrun_tolerance_minutes": _("Overrun tolerance at least, in hours")}

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class BankAccountForm(Checked):
    instance: BankAccount

    class Meta:
        model = BankAccount
        fields = (
            "currency",
            "holder",
            "bank_name",
            "iban",
            "bic",
            "account_number",
            "bik",
            "correspondent_account",
        )
