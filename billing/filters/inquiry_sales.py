"""What sales from inquiries can be narrowed to."""

from billing.models import InquirySale
from crm.api.filters import RecordFilter


class InquirySaleFilter(RecordFilter):
    class Meta:
        model = InquirySale
        fields = {"inquiry": ["exact"], "offer": ["exact"], "entry": ["exact"]}
