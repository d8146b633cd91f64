"""Proactive acts and advocacy through the API."""

from typing import Any

from clients.models import Advocacy, ProactiveAct
from crm.api.serializers import RecordSerializer


class ProactiveActSerializer(RecordSerializer[ProactiveAct]):
    """`use` needs a result, and that the client was told; `saved` is what it spares the client, net."""

    class Meta:
        model = ProactiveAct
        fields = [
            "id",
            "client",
            "contact",
            "kind",
            "service_line",
            "acted_on",
            "evidence",
            "result",
            "saved",
            "currency",
            "client_told_at",
            "use",
            "logged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["logged_by"]
        extra_kwargs = {"currency": {"required": False}}

    def validate(self, attrs: Any) -> Any:
        client = attrs.get("client") or getattr(self.instance, "client", None)
        if client and not isinstance(self.instance, ProactiveAct):
            attrs.setdefault("currency", client.currency)
        return super().validate(attrs)


class AdvocacySerializer(RecordSerializer[Advocacy]):
    """`agreed` and `published` need the day of the consent and how it was given."""

    class Meta:
        model = Advocacy
        fields = [
            "id",
            "client",
            "contact",
            "kind",
            "title",
            "status",
            "asked_on",
            "consent_on",
            "consent_evidence",
            "published_on",
            "link",
            "logged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["logged_by"]
