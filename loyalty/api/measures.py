"""Retention measures through the API, each with what was counted before and after."""

from clients.api.attention import Acting
from crm.api.filters import RecordFilter
from loyalty.models import RetentionMeasure
from loyalty.serializers import RetentionMeasureSerializer


class MeasureFilter(RecordFilter):
    class Meta:
        model = RetentionMeasure
        fields = {"kind": ["exact"], "tier": ["exact"], "service_line": ["exact"], "started_on": ["gte", "lte"]}


class RetentionMeasures(Acting[RetentionMeasure]):
    """What the firm does to keep clients. `effect` compares as many days before the start as after it."""

    queryset = RetentionMeasure.objects.select_related("owner", "service_line")
    serializer_class = RetentionMeasureSerializer
    filterset_class = MeasureFilter
    search_fields = ["name", "description"]
    ordering_fields = ["started_on", "updated_at"]
    right = "measure"
