"""Direct channels, inquiries and relationships through the API."""

from typing import Any

from rest_framework import serializers

from clients.models import DirectChannelGrant, Inquiry, PersonalRelationship, ServiceLine
from clients.serializers.moments import DueField, FactField
from crm.api.fields import ExactField
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


class InquirySerializer(RecordSerializer[Inquiry]):
    """`answer_due_at` is the promise of an answer; left out, the tier's first response counts."""

    received_at = FactField()
    answer_due_at = DueField(write_only=True, required=False)

    class Meta:
        model = Inquiry
        fields = [
            "id",
            "client",
            "contact",
            "wanted",
            "channel",
            "route",
            "received_at",
            "text",
            "reply",
            "owner",
            "answer_due_at",
            "promise",
            "outcome",
            "answer",
            "minutes",
            "service_line",
            "sold",
            "currency",
            "ended_at",
            "logged_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["promise", "outcome", "answer", "minutes", "sold", "currency", "ended_at", "logged_by"]

    def validate(self, attrs: Any) -> Any:
        """The deadline is the promise's and no column of the inquiry."""
        due = {name: attrs.pop(name) for name in ("answer_due_at",) if name in attrs}
        return super().validate(attrs) | due


class EndInquiry(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=Inquiry.Outcome.choices)
    answer = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    minutes = serializers.IntegerField(min_value=0, max_value=1440, required=False)
    service_line = serializers.PrimaryKeyRelatedField(queryset=ServiceLine.objects.all(), required=False)
    sold = ExactField(14, 2, min_value=0, required=False)


class RelationshipSerializer(RecordSerializer[PersonalRelationship]):
    """Seen by partners and by the one whom it concerns."""

    class Meta:
        model = PersonalRelationship
        fields = [
            "id",
            "client",
            "contact",
            "employee",
            "kind",
            "note",
            "declared_on",
            "ended_on",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["employee"]
