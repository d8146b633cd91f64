"""Filters of first orders."""

from typing import Any

import django_filters as filters

from clients.models import FirstOrder
from crm.api.filters import RecordFilter


class FirstOrderFilter(RecordFilter):
    running_on = filters.DateFilter(method="by_day")

    class Meta:
        model = FirstOrder
        fields = {"client": ["exact"], "ordered_on": ["exact", "gte", "lte"], "until_on": ["gte", "lte"]}

    def by_day(self, rows: Any, _name: str, on: Any) -> Any:
        return rows.running(on=on)
