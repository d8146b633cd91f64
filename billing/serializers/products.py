"""The catalogue as the API speaks of it."""

from typing import Any

from rest_framework import serializers

from billing.forms.lines import UNITS
from billing.models import Product
from crm.api.fields import ExactField, VisibleRelation
from crm.api.serializers import RecordSerializer


class ProductSerializer(RecordSerializer[Product]):
    """Something sold besides hours; `vat` is `S` for the standard rate, `R` for the reduced one, `Z` for 0 %."""

    unit = serializers.ChoiceField(UNITS, default="C62")

    class Meta:
        model = Product
        guarded = {"cost": "rate.change"}
        fields = [
            "id",
            "code",
            "kind",
            "name",
            "name_ru",
            "name_de",
            "seller",
            "service_line",
            "unit",
            "quantity",
            "unit_price",
            "currency",
            "price_includes_tax",
            "vat",
            "cost",
            "is_active",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["created_at", "updated_at"]


class TakenSerializer(serializers.Serializer[Any]):
    """A product of the catalogue, in its usual quantity unless one is named."""

    product = VisibleRelation(queryset=Product.objects.in_use())
    quantity = ExactField(12, 4, required=False, allow_null=True, default=None)
