"""Internal handover notes as the API speaks of them."""

from rest_framework import serializers

from billing.models import SuccessionNote
from crm.api.serializers import RecordSerializer


class SuccessionSerializer(RecordSerializer[SuccessionNote]):
    """Posting one replaces the predecessor by the successor on the engagement; `read/` is the successor's."""

    class Meta:
        model = SuccessionNote
        fields = [
            "id",
            "engagement",
            "predecessor",
            "successor",
            "since_on",
            "state",
            "promises",
            "values",
            "written_by",
            "written_at",
            "read_at",
            "lead_alerted_at",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["written_by", "written_at", "read_at", "lead_alerted_at"]
        extra_kwargs = {
            "state": {"required": True, "allow_blank": False},
            "values": {"required": True, "allow_blank": False},
        }


class SuccessionWords(serializers.ModelSerializer[SuccessionNote]):
    class Meta:
        model = SuccessionNote
        fields = ["state", "promises", "values"]
        extra_kwargs = {
            "state": {"required": True, "allow_blank": False},
            "values": {"required": True, "allow_blank": False},
        }
