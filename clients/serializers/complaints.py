"""Complaints in figures, through the API; shares and rates are text, and null where nothing is counted."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from clients.rules.complaints import MONTHS
from crm.api.fields import ExactField, MomentField
from crm.periods import DateRange, trailing_months


class Span(serializers.Serializer[Any]):
    """Three years back from today unless days are given; both are inside."""

    to = serializers.DateField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(required=False), **super().get_fields()}

    def validate(self, attrs: Any) -> Any:
        usual = trailing_months(timezone.localdate(), MONTHS)
        first, last = attrs.get("from", usual.start), attrs.get("to", usual.last)
        if last < first:
            raise serializers.ValidationError({"to": _("It ends before it begins.")})
        return {"window": DateRange.inclusive(first, last)}


class CauseSerializer(serializers.Serializer[Any]):
    cause = serializers.CharField(allow_blank=True, help_text="Empty while nobody knows it.")
    n = serializers.IntegerField()
    share = ExactField(8, 6)
    rate = ExactField(12, 2, allow_null=True, help_text="Per 100 clients and year.")


class TurnSerializer(serializers.Serializer[Any]):
    complaint = serializers.IntegerField()
    praise = serializers.IntegerField()
    employee = serializers.IntegerField()


class ComplaintRatesSerializer(serializers.Serializer[Any]):
    """`client_years` is the time for which clients were with us within the window."""

    to = serializers.DateField()
    clients = serializers.IntegerField()
    client_years = ExactField(12, 2)
    n = serializers.IntegerField()
    rate = ExactField(12, 2, allow_null=True)
    causes = CauseSerializer(many=True)
    in_first_month = CauseSerializer(many=True)
    praise_then_blame = TurnSerializer(many=True)
    note = serializers.CharField(allow_blank=True)
    as_of = MomentField()

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}
