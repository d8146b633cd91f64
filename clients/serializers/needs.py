"""Needs through the API."""

from typing import Any

from rest_framework import serializers

from clients.models import Need
from crm.api.serializers import RecordSerializer


class NeedSerializer(RecordSerializer[Need]):
    """`due_on` says by when, `value` is our estimate for a year, net; `status` moves by `move/`."""

    class Meta:
        model = Need
        fields = [
            "id",
            "client",
            "contact",
            "service_line",
            "evidence",
            "due_on",
            "value",
            "currency",
            "status",
            "mentioned_on",
            "closed_on",
            "reason",
            "logged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["status", "mentioned_on", "closed_on", "reason", "logged_by"]
        extra_kwargs = {"currency": {"required": False}}
        guarded = {"value": "value.amounts"}

    def validate(self, attrs: Any) -> Any:
        client = attrs.get("client") or getattr(self.instance, "client", None)
        if client and not isinstance(self.instance, Need):
            attrs.setdefault("currency", client.currency)
        return super().validate(attrs)


class NeedMove(serializers.Serializer[Any]):
    """Where it stands now; a reason for what is not wanted."""

    status = serializers.ChoiceField(choices=Need.Status.choices)
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    on = serializers.DateField(required=False)
