"""The quality of work by person, through the API."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.endpoints import Framed
from crm.api.fields import ExactField
from crm.models import User
from loyalty.reports.consultants import quality_report
from loyalty.rules.consultants import Measure


class FigureSerializer(serializers.Serializer[Any]):
    """`value` is null where n is too few."""

    value = ExactField(12, 4, allow_null=True)
    n = serializers.IntegerField()


class QualityRow(serializers.Serializer[Any]):
    """`warranty` by billed minutes (n), `complaints` per 1,000 billed hours (n cases), `nps` after deliveries."""

    user = serializers.IntegerField(source="person.pk")
    name = serializers.CharField(source="person")
    billed_minutes = serializers.IntegerField()
    first_month_complaints = serializers.IntegerField(source="ramp_complaints")

    def get_fields(self) -> dict[str, Any]:
        figures = {str(each): FigureSerializer(source=f"by_name.{each}") for each in Measure}
        return super().get_fields() | figures


class SpreadSerializer(serializers.Serializer[Any]):
    measure = serializers.CharField()
    low = ExactField(12, 4)
    high = ExactField(12, 4)
    people = serializers.IntegerField()


class QualityLineSerializer(serializers.Serializer[Any]):
    service_line = serializers.IntegerField(source="line.pk", allow_null=True, default=None)
    people = serializers.IntegerField()
    spreads = SpreadSerializer(many=True)


class QualitySerializer(serializers.Serializer[Any]):
    to = serializers.DateField(source="window.last")
    people = QualityRow(many=True)
    lines = QualityLineSerializer(many=True, help_text="Empty for all but partners.")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(source="window.start"), **super().get_fields()}


class ConsultantReport(Framed):
    """Twelve months; everybody and the spread within each service line for a partner, oneself for others."""

    right = "consultant_quality.see"

    @extend_schema(responses=QualitySerializer)
    def get(self, request: Request) -> Response:
        report = quality_report(cast("User", request.user), at=timezone.now())
        return Response(QualitySerializer(report).data)
