"""Service lines, own companies with their accounts, tier policies."""

from typing import Any

from rest_framework import serializers

from clients.models import BankAccount, Seller, ServiceLine, TierPolicy
from clients.serializers.written import CompactSerializer
from crm.api.serializers import RecordSerializer
from crm.api.told import SELLERS


class ServiceLineSerializer(RecordSerializer[ServiceLine]):
    class Meta:
        model = ServiceLine
        fields = ["id", "code", "name", "name_ru", "name_de", "is_active", "spread_policy", "created_at", "updated_at"]


class BankAccountSerializer(CompactSerializer[BankAccount]):
    class Meta:
        model = BankAccount
        compact = ("iban", "bic", "account_number", "bik", "correspondent_account")
        fields = [
            "id",
            "seller",
            "currency",
            "holder",
            "iban",
            "bic",
            "account_number",
            "bik",
            "correspondent_account",
            "bank_name",
            "created_at",
            "updated_at",
        ]


class SellerSerializer(CompactSerializer[Seller]):
    bank_accounts = BankAccountSerializer(many=True, read_only=True)

    class Meta:
        model = Seller
        compact = ("vat_id", "tax_number", "registration_reason")
        fields = [
            "id",
            "code",
            "name",
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
            "contact_name",
            "director_name",
            "edo_id",
            "acts_since_on",
            "advance_vat_since_on",
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
            "bank_accounts",
            "created_at",
            "updated_at",
        ]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | SELLERS.fields()


class TierPolicySerializer(RecordSerializer[TierPolicy]):
    class Meta:
        model = TierPolicy
        fields = [
            "id",
            "tier",
            "attention_days",
            "first_response_hours",
            "discount_ceiling_percent",
            "goodwill_minutes",
            "direct_channels",
            "call_back_minutes",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["tier"]
