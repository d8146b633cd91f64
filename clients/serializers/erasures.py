"""Requests of people to be erased, and what is held about a person, through the API."""

from typing import Any

from rest_framework import serializers

from clients.models import Erasure
from crm.api.fields import MomentField
from crm.api.serializers import RecordSerializer


class KeptSerializer(serializers.Serializer[Any]):
    model = serializers.CharField()
    id = serializers.IntegerField()
    title = serializers.CharField()
    until_on = serializers.DateField(allow_null=True, help_text="Null where no law names a day.")


class ErasureReceiptSerializer(serializers.Serializer[Any]):
    gone = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by kind of thing.")
    mentions = serializers.IntegerField(help_text="Rows in which the name was replaced.")
    trail = serializers.IntegerField(help_text="Entries of the audit trail in which it was.")
    kept = KeptSerializer(many=True)


class ErasureSerializer(RecordSerializer[Erasure]):
    """`receipt` is empty until a partner has carried it out."""

    due_on = serializers.DateField(read_only=True)
    receipt = serializers.JSONField(read_only=True)

    class Meta:
        model = Erasure
        fields = [
            "id",
            "contact",
            "client",
            "asked_on",
            "due_on",
            "channel",
            "state",
            "noted_by",
            "decided_by",
            "decided_at",
            "receipt",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["client", "state", "noted_by", "decided_by", "decided_at"]
        extra_kwargs = {"contact": {"required": True, "allow_null": False}}


class CarryOutSerializer(serializers.Serializer[Any]):
    """Cannot be undone: `understood` has to be true."""

    understood = serializers.BooleanField()

    def validate_understood(self, value: Any) -> Any:
        if value is not True:
            raise serializers.ValidationError(self.fields["understood"].error_messages["required"], code="required")
        return value


class PersonExport(serializers.Serializer[Any]):
    """Rows by kind of thing, each with its own columns."""

    person = serializers.CharField()
    as_of = MomentField()
    held = serializers.DictField(child=serializers.ListField(child=serializers.DictField()))
    trail = serializers.ListField(child=serializers.DictField())
    left_out = serializers.ListField(child=serializers.CharField(), help_text="Kinds that the caller may not see.")
