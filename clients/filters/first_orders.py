"""Filters of first orders."""

from typing import Any

import django_filters as filters
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.filters.channels import colleagues
from clients.filters.treatment import containing
from clients.models import FirstOrder
from crm.api.filters import Ordering, PageFilter, RecordFilter


class FirstOrderFilter(RecordFilter):
    running_on = filters.DateFilter(method="by_day")

    class Meta:
        model = FirstOrder
        fields = {"client": ["exact"], "ordered_on": ["exact", "gte", "lte"], "until_on": ["gte", "lte"]}

    def by_day(self, rows: Any, _name: str, on: Any) -> Any:
        return rows.running(on=on)


class FirstOrderListFilter(PageFilter):
    """As the page shows it."""

    search = filters.CharFilter(method="by_text", label=_("Client or order"))
    running = filters.BooleanFilter(method="by_running", label=_("Plan runs"))
    account_manager = filters.ModelChoiceFilter(
        field_name="client__account_manager", queryset=colleagues, label=_("Account manager")
    )
    since = filters.DateFilter(field_name="ordered_on", lookup_expr="gte", label=_("From"))
    until = filters.DateFilter(field_name="ordered_on", lookup_expr="lte", label=_("To"))
    ordering = Ordering(fields={"ordered_on": "ordered_on", "until_on": "until_on", "client__name": "client"})

    class Meta:
        model = FirstOrder
        fields = ()

    def by_text(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "occasion"))

    def by_running(self, rows: Any, _name: str, running: bool) -> Any:
        found = FirstOrder.objects.running(on=timezone.localdate()).values("pk")
        return rows.filter(pk__in=found) if running else rows.exclude(pk__in=found)
