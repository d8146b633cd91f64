"""Monthly reports through the API."""

from rest_framework import serializers

from billing.models import MonthlyReport
from crm.api.serializers import RecordSerializer


class MonthlyReportSerializer(RecordSerializer[MonthlyReport]):
    """Posting sends: `month_on` is the first day of the month, `steps` what comes next, a line each."""

    steps = serializers.CharField(write_only=True, required=False, allow_blank=True, max_length=2000)

    class Meta:
        model = MonthlyReport
        fields = [
            "id",
            "client",
            "month_on",
            "contact",
            "steps",
            "recipient",
            "language",
            "document",
            "sent_at",
            "sent_by",
            "mailed_at",
            "mail_error",
            "created_at",
            "updated_at",
        ]
        read_only_fields = ["recipient", "language", "document", "sent_at", "sent_by", "mailed_at", "mail_error"]
