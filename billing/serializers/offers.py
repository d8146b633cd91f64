"""Offers as the API speaks of them: one row for each version."""

from typing import Any

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from billing.forms.offers import default_validity
from billing.models import Handover, Offer, OfferItem, OfferSignature
from billing.rules.vat import StatutoryRate
from billing.serializers.agreements import AgreementSerializer
from billing.services.handovers import level_of
from billing.services.offers import ItemDraft
from billing.services.taxes import rates_of

MOST_MINUTES = 600_000
MOST_ITEMS = 200


class ItemSerializer(serializers.ModelSerializer[OfferItem]):
    """One part of an estimate."""

    minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, default=0)

    class Meta:
        model = OfferItem
        fields = ["description", "minutes"]


class SignatureSerializer(serializers.ModelSerializer[OfferSignature]):
    """How it was decided: by whom, when, and on which document; `recorded_by` wrote it down for the client."""

    class Meta:
        model = OfferSignature
        fields = ["accepted", "by_name", "at", "recorded_by", "document_sha256"]
        read_only_fields = fields


class OfferSerializer(AgreementSerializer[Offer]):
    """`root` is the first version; `signed_minutes` are those of the last accepted one, `used_minutes` of all."""

    items: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=ItemSerializer(), required=False, max_length=MOST_ITEMS
    )
    used_minutes = serializers.IntegerField(read_only=True)
    documentation_level = serializers.SerializerMethodField()
    signature = SignatureSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Offer
        prices = ["hourly_rate", "fixed_price"]
        once = ["client", "seller", "currency"]
        fields = [
            "id",
            "client",
            "contact",
            "seller",
            "service_line",
            "author",
            "lead",
            "number",
            "version",
            "root",
            "hour_package",
            "title",
            "text",
            "basis",
            "currency",
            "hourly_rate",
            "fixed_price",
            "price_includes_tax",
            "cash_discount_percent",
            "cash_discount_days",
            "estimated_minutes",
            "items",
            "signed_minutes",
            "used_minutes",
            "documentation_level",
            "tolerance_percent",
            "tolerance_minutes",
            "status",
            "close_reason",
            "valid_until",
            "sent_at",
            "decided_at",
            "signature",
            "closed_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = [
            "author",
            "number",
            "version",
            "root",
            "hour_package",
            "signed_minutes",
            "status",
            "close_reason",
            "sent_at",
            "decided_at",
            "closed_on",
            "created_at",
            "updated_at",
        ]
        extra_kwargs = {
            "seller": {"required": False},
            "currency": {"required": False},
            "price_includes_tax": {"required": False},
            "valid_until": {"required": False},
            "estimated_minutes": {"min_value": 0, "max_value": MOST_MINUTES},
            "hourly_rate": {"min_value": 0},
            "fixed_price": {"min_value": 0},
        }

    @extend_schema_field(serializers.ChoiceField(Handover.Level.choices))
    def get_documentation_level(self, offer: Offer) -> str:
        """How much its handover must say, by its price with VAT; the rates of a country are asked for once a list."""
        country = offer.seller.country
        if country not in self.known_rates:
            self.known_rates[country] = rates_of(country)
        return level_of(offer, rates=self.known_rates[country]).value

    @cached_property
    def known_rates(self) -> dict[str, tuple[StatutoryRate, ...]]:
        return {}

    def with_terms(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Two weeks of validity, and the own company's tolerance."""
        terms = super().with_terms(attrs)
        defaults = {
            "valid_until": default_validity(timezone.localdate()),
            "tolerance_percent": terms["seller"].overrun_tolerance_percent,
            "tolerance_minutes": terms["seller"].overrun_tolerance_minutes,
        }
        return defaults | terms

    def validate_items(self, rows: list[dict[str, Any]]) -> list[ItemDraft]:
        """Also for a PATCH, which asks nothing of nested rows by itself: the list replaces what there was."""
        if any("description" not in row for row in rows):
            raise serializers.ValidationError(_("Each part needs its description."), code="required")
        return [ItemDraft(row["description"], row.get("minutes", 0)) for row in rows]
