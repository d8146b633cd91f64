"""Complete weeks as the API speaks of them."""

from typing import Any

from rest_framework import serializers

from billing.models import CompleteWeek
from billing.services.weeks import Whose
from crm.api.serializers import RecordSerializer


class WeekSerializer(RecordSerializer[CompleteWeek]):
    """The week of a person or of a client, from its Monday."""

    class Meta:
        model = CompleteWeek
        fields = [
            "id",
            "monday",
            "employee",
            "client",
            "minutes",
            "completed_by",
            "completed_at",
            "undone_by",
            "undone_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields[4:]


class OpenWeekSerializer(serializers.Serializer[Any]):
    """A week that is over and not complete; `completed_at` is the mark that later work has overtaken."""

    monday = serializers.DateField()
    employee = serializers.IntegerField(allow_null=True)
    client = serializers.IntegerField(allow_null=True)
    minutes = serializers.IntegerField()
    drafts = serializers.IntegerField()
    rejected = serializers.IntegerField()
    submitted = serializers.IntegerField()
    needs_decision = serializers.IntegerField()
    completed_at = serializers.DateTimeField(allow_null=True)


class WhoseRequest(serializers.Serializer[Any]):
    by = serializers.ChoiceField([str(each) for each in Whose], default=str(Whose.PERSON))
