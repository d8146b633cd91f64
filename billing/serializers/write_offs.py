"""Claims given up, as they are asked for and decided."""

from typing import Any

from rest_framework import serializers

from billing.models import WriteOffRequest
from crm.api.fields import ExactField
from crm.api.serializers import RecordSerializer


class WriteOffAsk(serializers.Serializer[Any]):
    """All that is owed, unless an amount is named."""

    reason = serializers.CharField(max_length=200)
    amount = ExactField(14, 2, required=False, allow_null=True, default=None)


class WriteOffRequestSerializer(RecordSerializer[WriteOffRequest]):
    """`approved` is null until somebody decides."""

    class Meta:
        model = WriteOffRequest
        fields = [
            "id",
            "invoice",
            "amount",
            "reason",
            "requested_by",
            "requested_at",
            "decided_by",
            "decided_at",
            "approved",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields


class WriteOffDay(serializers.Serializer[Any]):
    """The day on which it is booked, today unless one is named."""

    written_off_on = serializers.DateField(required=False)
