"""Direct channels through the API."""

from typing import Any

from rest_framework import serializers

from clients.models import DirectChannelGrant
from crm.api.serializers import RecordSerializer


class GrantSerializer(RecordSerializer[DirectChannelGrant]):
    """`basis` follows from tier, designation or revenue; without one a partner's `reason` is needed."""

    class Meta:
        model = DirectChannelGrant
        fields = [
            "id",
            "client",
            "contact",
            "employee",
            "channel",
            "granted_on",
            "basis",
            "reason",
            "granted_by",
            "approved_by",
            "review_since_on",
            "revoked_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["basis", "granted_by", "approved_by", "review_since_on", "revoked_on"]


class KeepChannel(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class RevokeChannel(serializers.Serializer[Any]):
    on = serializers.DateField(required=False)
