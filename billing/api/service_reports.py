"""Reports on how time is used and what it costs: utilization, realization, cost to serve."""

from datetime import date
from typing import Any, cast

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.reports.realization import Realized, realization
from billing.reports.serving import By, Serving, cost_to_serve
from billing.reports.utilization import PersonUse, months_of, utilization
from billing.rules.utilization import share_of
from billing.services.rate_gaps import note_gaps
from crm.api.endpoints import Framed
from crm.api.fields import ExactField
from crm.models import User
from crm.periods import DateRange, add_months, month_start


class Window(serializers.Serializer[Any]):
    """Whole months that hold these days; the last twelve months unless they are given."""

    to = serializers.DateField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(required=False), **super().get_fields()}


class GroupedWindow(Window):
    by = serializers.ChoiceField([str(by) for by in By], required=False, default=By.CLIENT)


class UtilizationRow(serializers.Serializer[Any]):
    user = serializers.IntegerField()
    name = serializers.CharField()
    available_minutes = serializers.IntegerField()
    worked_minutes = serializers.IntegerField()
    billable_minutes = serializers.IntegerField()
    absent_days = serializers.IntegerField()
    self_approved_minutes = serializers.IntegerField(help_text="Approved by who did the work: drawn on saving.")
    utilization = ExactField(9, 6, allow_null=True)


class UtilizationSerializer(serializers.Serializer[Any]):
    """Approved billable minutes by available ones: weekly minutes less public holidays and absences, up to today."""

    to = serializers.DateField()
    rows = UtilizationRow(many=True)
    total = ExactField(9, 6, allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


class UtilizationReport(Framed):
    right = "utilization.see"
    asks = Window

    @extend_schema(responses=UtilizationSerializer)
    def get(self, request: Request) -> Response:
        first, last, _asked = window_of(self)
        rows = utilization(cast("User", request.user), first=first, last=last, on=timezone.localdate())
        window = months_of(first, last)
        billable = sum(row.use.billable_minutes for row in rows)
        available = sum(row.use.available_minutes for row in rows)
        body = {**_span(window), "rows": [_use(row) for row in rows], "total": share_of(billable, available)}
        return Response(UtilizationSerializer(body).data)


class RealizationRow(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    currency = serializers.CharField()
    price_includes_tax = serializers.BooleanField()
    minutes = serializers.IntegerField()
    standard_amount = ExactField(14, 2)
    billed_amount = ExactField(14, 2)
    write_down_amount = ExactField(14, 2)
    goodwill_amount = ExactField(14, 2)
    realization = ExactField(9, 6, allow_null=True)


class RealizationSerializer(serializers.Serializer[Any]):
    """Billed by standard value of approved work; prepaid minutes count at their rate. One basis a row, never mixed."""

    to = serializers.DateField()
    by = serializers.CharField()
    rows = RealizationRow(many=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


class RealizationReport(Framed):
    right = "cost.see"
    asks = GroupedWindow

    @extend_schema(responses=RealizationSerializer)
    def get(self, _request: Request) -> Response:
        first, last, asked = window_of(self)
        window = months_of(first, last)
        rows = realization(by=By(asked["by"]), window=window)
        body = {**_span(window), "by": asked["by"], "rows": [_realized(row) for row in rows]}
        return Response(RealizationSerializer(body).data)


class ServingRow(serializers.Serializer[Any]):
    """`id` is null in the row of what belongs to none of them; a sum that lacks an exchange rate is null."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    revenue = ExactField(14, 2)
    work = ExactField(14, 2)
    expenses = ExactField(14, 2, allow_null=True)
    hospitality = ExactField(14, 2)
    extras = ExactField(14, 2, allow_null=True)
    cost_to_serve = ExactField(14, 2, allow_null=True)
    margin = ExactField(14, 2, allow_null=True)
    margin_share = ExactField(9, 6, allow_null=True)
    minutes = serializers.IntegerField()
    dispute_minutes = serializers.IntegerField()
    dispute_cost = ExactField(14, 2)
    disputed_amount = ExactField(14, 2)


class CostToServeSerializer(serializers.Serializer[Any]):
    """In the base currency, the same totals by whatever it is grouped.

    `note` names currency, day and documents of a missing rate, whose sums are null.
    """

    to = serializers.DateField()
    by = serializers.CharField()
    currency = serializers.CharField()
    rows = ServingRow(many=True)
    total = ServingRow()
    note = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.DateField(), **super().get_fields()}


class CostToServeReport(Framed):
    right = "cost.see"
    asks = GroupedWindow

    @extend_schema(responses=CostToServeSerializer)
    def get(self, _request: Request) -> Response:
        first, last, asked = window_of(self)
        window = months_of(first, last)
        report = cost_to_serve(by=By(asked["by"]), window=window)
        body = {
            **_span(window),
            "by": asked["by"],
            "currency": report.currency,
            "rows": [_serving(row) for row in report.rows],
            "total": _serving(report.total),
            "note": note_gaps(report.gaps),
        }
        return Response(CostToServeSerializer(body).data)


def window_of(report: Framed) -> tuple[date, date, dict[str, Any]]:
    """The days asked for, or the last twelve months; 400 with the day named that was given and does not fit."""
    found = report.asked()
    last = found.get("to") or timezone.localdate()
    first = found.get("from") or add_months(month_start(last), -11)
    if first > last:
        named = "to" if "to" in found else "from"
        raise serializers.ValidationError({named: [_("It ends before it begins.")]}, "order")
    return first, last, found


def _span(window: DateRange) -> dict[str, date]:
    return {"from": window.start, "to": date.fromordinal(window.end.toordinal() - 1)}


def _use(row: PersonUse) -> dict[str, Any]:
    return {
        "user": row.person.pk,
        "name": str(row.person),
        "available_minutes": row.use.available_minutes,
        "worked_minutes": row.use.worked_minutes,
        "billable_minutes": row.use.billable_minutes,
        "absent_days": row.absent_days,
        "self_approved_minutes": row.self_approved_minutes,
        "utilization": row.use.share,
    }


def _realized(row: Realized) -> dict[str, Any]:
    return {
        "id": row.key,
        "name": row.name,
        "currency": row.currency,
        "price_includes_tax": row.price_includes_tax,
        "minutes": row.minutes,
        "standard_amount": row.standard,
        "billed_amount": row.billed,
        "write_down_amount": row.write_down,
        "goodwill_amount": row.goodwill,
        "realization": row.share,
    }


def _serving(row: Serving) -> dict[str, Any]:
    return {
        "id": row.key,
        "name": row.name,
        "revenue": row.revenue,
        **row.parts,
        "cost_to_serve": row.cost,
        "margin": row.margin,
        "margin_share": row.margin_share,
        "minutes": row.minutes,
        "dispute_minutes": row.dispute_minutes,
        "dispute_cost": row.dispute_cost,
        "disputed_amount": row.disputed_amount,
    }
