"""Discounts as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import Discount
from crm.api.serializers import RecordSerializer


class DiscountSerializer(RecordSerializer[Discount]):
    """Per cent off for a client, one of its contracts or a tier; `approved` is null while it waits.

    `covers` is `price` where a rate or an offer itself is agreed below the ordinary price: decided here, not made here.
    """

    class Meta:
        model = Discount
        fields = [
            "id",
            "client",
            "tier",
            "service_line",
            "engagement",
            "offer",
            "retainer",
            "rate",
            "covers",
            "percent",
            "valid_from",
            "valid_to",
            "reason",
            "made_by",
            "approved",
            "decided_by",
            "decided_at",
            "margin_after",
            "created_at",
            "updated_at",
        ]
        guarded = {"margin_after": "cost.see"}
        read_only_fields = [
            "rate",
            "made_by",
            "approved",
            "decided_by",
            "decided_at",
            "margin_after",
            "created_at",
            "updated_at",
        ]


class DecisionRequest(serializers.Serializer[Any]):
    approved = serializers.BooleanField()


class EndRequest(serializers.Serializer[Any]):
    """The last day, today unless one is named."""

    valid_to = serializers.DateField(required=False)
