"""Sales from inquiries through the API."""

from billing.models import InquirySale
from crm.api.serializers import RecordSerializer


class InquirySaleSerializer(RecordSerializer[InquirySale]):
    """Name the offer, or the entry that drew a package; what was sold stands on the inquiry."""

    class Meta:
        model = InquirySale
        fields = ["id", "inquiry", "offer", "entry", "linked_by", "created_at", "updated_at"]
        read_only_fields = ["linked_by"]
