"""The firm's own figures, dated, kept by finance."""

from rest_framework import serializers

from crm.api.filters import RecordFilter
from crm.api.viewsets import RecordViewSet
from crm.models import Firm
from loyalty.models import FirmFigure
from loyalty.serializers import FirmFigureSerializer


class FirmFigureFilter(RecordFilter):
    class Meta:
        model = FirmFigure
        fields = {"valid_on": ["exact", "lte", "gte"]}


class FirmFigures(RecordViewSet[FirmFigure]):
    """Cash, fixed cost a month and the avoidable share of direct cost, on a day."""

    queryset = FirmFigure.objects.all()
    serializer_class = FirmFigureSerializer
    filterset_class = FirmFigureFilter
    search_fields = ["currency"]
    ordering_fields = ["valid_on"]
    right = "firm_figure"

    def perform_create(self, serializer: serializers.BaseSerializer[FirmFigure]) -> None:
        serializer.save(made_by=self.request.user, currency=Firm.load().base_currency)
