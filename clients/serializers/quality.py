"""Findings of data quality and pairs told apart, through the API."""

from typing import Any

from rest_framework import serializers

from clients.models import Client, DistinctPair
from clients.models.firm import Tier
from clients.rules.findings import Finding
from crm.api.fields import VisibleRelation
from crm.api.serializers import RecordSerializer
from crm.models import User


class QualityAsked(serializers.Serializer[Any]):
    gap = serializers.ChoiceField([str(each) for each in Finding], required=False)
    client = VisibleRelation(queryset=Client.objects.all(), required=False)
    account_manager = serializers.PrimaryKeyRelatedField(queryset=User.objects.working(), required=False)
    tier = serializers.ChoiceField(Tier.choices, required=False)


class FindingSerializer(serializers.Serializer[Any]):
    """`other` is the client that it may be once more; `may_merge` whether the caller may change both."""

    client = serializers.IntegerField(source="client.pk")
    name = serializers.CharField(source="client.name")
    gap = serializers.CharField()
    words = serializers.CharField()
    other = serializers.IntegerField(source="other.pk", allow_null=True, default=None)
    may_merge = serializers.BooleanField()


class FindingsSerializer(serializers.Serializer[Any]):
    n = serializers.IntegerField()
    rows = FindingSerializer(many=True)


class PairSerializer(RecordSerializer[DistinctPair]):
    """Two clients that look like one; which of them is named first does not matter."""

    class Meta:
        model = DistinctPair
        fields = ["id", "client", "other", "said_by", "created_at", "updated_at"]
        read_only_fields = ["said_by"]

    def validate(self, attrs: Any) -> Any:
        """The service sorts the two before the constraints are asked."""
        return attrs
