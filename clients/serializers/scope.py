"""Scope requests through the API."""

from typing import Any

from clients.models import ScopeRequest
from crm.api.serializers import RecordSerializer


class ScopeRequestSerializer(RecordSerializer[ScopeRequest]):
    """An `answer` needs a `reason`; who gave it is the one who writes unless `answered_by` says another."""

    class Meta:
        model = ScopeRequest
        fields = [
            "id",
            "client",
            "contact",
            "asked_on",
            "what",
            "in_contract",
            "estimated_minutes",
            "answer",
            "answered_by",
            "reason",
            "logged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["logged_by"]
        extra_kwargs = {"asked_on": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        answer = attrs.get("answer", getattr(self.instance, "answer", ""))
        known = attrs.get("answered_by") or getattr(self.instance, "answered_by", None)
        attrs["answered_by"] = (known or self.context["request"].user) if answer else None
        return super().validate(attrs)
