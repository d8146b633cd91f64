"""Rates, engagements, locks and exchange rates as the API speaks of them."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from billing.models import Engagement, ExchangeRate, PeriodLock, Rate
from billing.serializers.agreements import AgreementSerializer
from crm.api.fields import MomentField, VisibleRelation
from crm.api.serializers import RecordSerializer
from crm.models import User


class RateSerializer(AgreementSerializer[Rate]):
    """A price per hour; with neither client, employee nor service line it is the own company's default."""

    class Meta:
        model = Rate
        once = ["seller"]
        fields = [
            "id",
            "seller",
            "client",
            "employee",
            "service_line",
            "amount",
            "currency",
            "price_includes_tax",
            "valid_from",
            "valid_to",
            "approved",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["approved", "created_at", "updated_at"]
        extra_kwargs = {"seller": {"required": False}, "currency": {"required": False}}


class EngagementSerializer(AgreementSerializer[Engagement]):
    """`members` are the people who work on it now; the lead is always among them."""

    members = VisibleRelation(queryset=User.objects.working(), many=True, required=False)
    started_on = serializers.DateField(required=False)

    class Meta:
        model = Engagement
        once = ["client", "seller"]
        fields = [
            "id",
            "client",
            "seller",
            "name",
            "service_line",
            "lead",
            "members",
            "offer",
            "retainer",
            "contract_reference",
            "order_reference",
            "status",
            "started_on",
            "closed_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status", "closed_on", "created_at", "updated_at"]
        extra_kwargs = {"seller": {"required": False}}

    def with_terms(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An engagement under an offer or a retainer takes over its own company."""
        agreed = attrs.get("offer") or attrs.get("retainer")
        own = {"seller": agreed.seller} if agreed else {}
        return {"started_on": timezone.localdate(), **super().with_terms({**own, **attrs})}

    def to_representation(self, instance: Engagement) -> Any:
        present = sorted(row.user_id for row in instance.members.all() if row.to_on is None)
        return super().to_representation(instance) | {"members": present}


class Closing(serializers.Serializer[Any]):
    closed_on = serializers.DateField(required=False)


class LockSerializer(RecordSerializer[PeriodLock]):
    """The newest lock of a kind (and own company) counts; an earlier date than before needs a partner and a reason.

    A lock is never changed: `updated_at` is when it was made.
    """

    updated_at = MomentField(source="created_at", read_only=True)

    class Meta:
        model = PeriodLock
        fields = ["id", "kind", "seller", "locked_until_on", "reason", "made_by", "created_at", "updated_at"]
        read_only_fields = ["made_by", "created_at"]


class ExchangeRateSerializer(RecordSerializer[ExchangeRate]):
    """One unit of `base` is worth `rate` units of `quote` on that day."""

    class Meta:
        model = ExchangeRate
        fields = ["id", "base", "quote", "rate", "valid_on", "source", "created_at", "updated_at"]
        read_only_fields = ["created_at", "updated_at"]
