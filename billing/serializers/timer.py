"""The running timer of the one who asks."""

from typing import Any

from rest_framework import serializers

from billing.models import TimeEntry, Timer
from crm.api.fields import MomentField
from crm.api.serializers import RecordSerializer


class TimerSerializer(RecordSerializer[Timer]):
    """What to measure the time of."""

    class Meta:
        model = Timer
        fields = ["client", "engagement", "description", "started_at"]
        read_only_fields = ["started_at"]


class TimerState(serializers.Serializer[Any]):
    """What runs; all but `running` is null when nothing does."""

    running = serializers.BooleanField()
    client = serializers.IntegerField(allow_null=True)
    engagement = serializers.IntegerField(allow_null=True)
    description = serializers.CharField(allow_null=True)
    started_at = MomentField(allow_null=True)


class TimerStop(serializers.Serializer[Any]):
    billing_type = serializers.ChoiceField(TimeEntry.BillingType.choices, required=False, default="")
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


def state_of(timer: Timer | None) -> dict[str, Any]:
    found = TimerSerializer(timer).data if timer else dict.fromkeys(TimerSerializer.Meta.fields)
    return {"running": timer is not None, **found}
