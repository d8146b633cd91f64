"""How we treat clients, through the API: complaints, praise, extras, and who is away."""

from typing import Any

from rest_framework import serializers

from clients.models import Absence, Complaint, Extra, Praise
from clients.serializers.moments import DueField
from crm.access import Role
from crm.api.serializers import RecordSerializer

FEEDBACK = [
    "id",
    "client",
    "contact",
    "about",
    "channel",
    "is_public",
    "link",
    "text",
    "received_on",
    "logged_by",
]


class ComplaintSerializer(RecordSerializer[Complaint]):
    """`answer_due_at` is the promise of an answer; left out, the tier's first response counts."""

    answer_due_at = DueField(write_only=True, required=False)

    class Meta:
        model = Complaint
        fields = [
            *FEEDBACK,
            "severity",
            "root_cause",
            "resolution",
            "resolved_on",
            "cost",
            "currency",
            "promise",
            "answer_due_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["logged_by", "promise"]
        guarded = {"cost": "value.amounts"}

    def validate(self, attrs: Any) -> Any:
        """The deadline is the promise's and no column of the complaint."""
        due = {name: attrs.pop(name) for name in ("answer_due_at",) if name in attrs}
        return super().validate(attrs) | due


class PraiseSerializer(RecordSerializer[Praise]):
    class Meta:
        model = Praise
        fields = [*FEEDBACK, "may_be_told", "created_at", "updated_at"]
        read_only_fields = ["logged_by"]


class ExtraSerializer(RecordSerializer[Extra]):
    """`times` counts the same extra for the client so far; from three on `is_expected`: price it or stop."""

    is_expected = serializers.BooleanField(read_only=True)

    class Meta:
        model = Extra
        fields = [
            "id",
            "client",
            "contact",
            "name",
            "description",
            "given_on",
            "given_by",
            "cost",
            "value",
            "currency",
            "is_announced",
            "client_informed_at",
            "closed_on",
            "withdrawn_on",
            "withdrawal_reason",
            "invoiced_on",
            "times",
            "is_expected",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["given_by", "closed_on", "withdrawn_on", "withdrawal_reason", "invoiced_on", "times"]
        extra_kwargs = {"currency": {"required": False}}
        guarded = {"cost": "value.amounts"}

    def validate(self, attrs: Any) -> Any:
        client = attrs.get("client") or getattr(self.instance, "client", None)
        if client and not isinstance(self.instance, Extra):
            attrs.setdefault("currency", client.currency)
        return super().validate(attrs)


class ExtraWithdrawal(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=300)


class ExtraClosing(serializers.Serializer[Any]):
    on = serializers.DateField(required=False)


class AbsenceSerializer(RecordSerializer[Absence]):
    """Why somebody is away is for themselves and partners; that they are, for everybody."""

    class Meta:
        model = Absence
        fields = ["id", "user", "reason", "from_on", "to_on", "deputy", "note", "created_at", "updated_at"]
        extra_kwargs = {"user": {"required": False}}

    def to_representation(self, instance: Absence) -> Any:
        shown = super().to_representation(instance)
        asking = self.context["request"].user
        if instance.user_id != asking.pk and not asking.is_in(Role.PARTNER):
            shown |= {"reason": None, "note": None}
        return shown
