"""What lists of agreements, prices and locks can be narrowed to."""

from typing import Any, ClassVar

from django.utils import timezone
from django_filters.rest_framework import BooleanFilter, DateFilter, ModelChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from billing.models import Engagement, ExchangeRate, HourPackage, LedgerRow, PeriodLock, Rate
from crm.api.filters import RecordFilter
from crm.models import User


class PackageFilter(RecordFilter):
    """`valid_on` lists what could be drawn from on a day; `is_open` leaves void packages out."""

    valid_on = DateFilter(method="by_day")
    is_open = BooleanFilter(field_name="voided_on", lookup_expr="isnull")

    class Meta:
        model = HourPackage
        fields: ClassVar = {
            "client": ["exact"],
            "seller": ["exact"],
            "kind": ["exact"],
            "currency": ["exact"],
            "service_lines": ["exact"],
            "overage_policy": ["exact"],
            "draw_on_log": ["exact"],
            "valid_from": ["exact", "gte", "lte"],
            "expires_on": ["exact", "gte", "lte", "isnull"],
        }

    def by_day(self, rows: Any, _name: str, day: Any) -> Any:
        return rows.valid(on=day)


class LedgerFilter(RecordFilter):
    updated_after = None

    class Meta:
        model = LedgerRow
        fields: ClassVar = {"kind": ["exact"], "occurred_on": ["exact", "gte", "lte"]}


class RateFilter(RecordFilter):
    """`valid_on` lists what holds on a day, `valid_now` what holds today."""

    valid_on = DateFilter(method="by_day")
    valid_now = BooleanFilter(method="by_today")

    class Meta:
        model = Rate
        fields: ClassVar = {
            "seller": ["exact"],
            "client": ["exact", "isnull"],
            "employee": ["exact", "isnull"],
            "service_line": ["exact", "isnull"],
            "currency": ["exact"],
            "valid_from": ["exact", "gte", "lte"],
            "valid_to": ["exact", "gte", "lte", "isnull"],
        }

    def by_day(self, rows: Any, _name: str, day: Any) -> Any:
        return rows.valid(on=day)

    def by_today(self, rows: Any, _name: str, wanted: bool) -> Any:
        return rows.valid(on=timezone.localdate()) if wanted else rows


class EngagementFilter(RecordFilter):
    """`member` lists what a person works on now."""

    member = extend_schema_field(OpenApiTypes.INT)(ModelChoiceFilter(queryset=User.objects.all(), method="by_member"))

    class Meta:
        model = Engagement
        fields: ClassVar = {
            "client": ["exact"],
            "seller": ["exact"],
            "service_line": ["exact"],
            "lead": ["exact"],
            "offer": ["exact"],
            "retainer": ["exact"],
            "status": ["exact"],
            "started_on": ["exact", "gte", "lte"],
            "closed_on": ["exact", "gte", "lte"],
        }

    def by_member(self, rows: Any, _name: str, user: User) -> Any:
        return rows.filter(members__user=user, members__to_on=None)


class LockFilter(RecordFilter):
    updated_after = None

    class Meta:
        model = PeriodLock
        fields: ClassVar = {
            "kind": ["exact"],
            "seller": ["exact"],
            "locked_until_on": ["exact", "gte", "lte"],
        }


class ExchangeRateFilter(RecordFilter):
    class Meta:
        model = ExchangeRate
        fields: ClassVar = {
            "base": ["exact"],
            "quote": ["exact"],
            "source": ["exact"],
            "valid_on": ["exact", "gte", "lte"],
        }
