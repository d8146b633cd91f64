"""The filter of the data-quality page: clients by name and keeper, findings by what is missing."""

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from clients.filters.treatment import containing
from clients.models import Client, DistinctPair
from clients.reports.quality import WORDS
from crm.api.filters import Ordering, PageFilter, RecordFilter
from crm.models import User


class QualityFilter(PageFilter):
    search = filters.CharFilter(field_name="name", lookup_expr="unaccent__icontains", label=_("Client"))
    gap = filters.ChoiceFilter(
        choices=[(gap.value, words) for gap, words in WORDS.items()], method="by_gap", label=_("Gap")
    )
    account_manager = filters.ModelChoiceFilter(queryset=User.objects.working(), label=_("Account manager"))
    tier = filters.ChoiceFilter(choices=Client._meta.get_field("tier").choices, label=_("Tier"))

    class Meta:
        model = Client
        fields = ()

    def by_gap(self, rows: Any, _name: str, _gap: str) -> Any:
        """A finding is no column: the page picks these when it has found them."""
        return rows


class PairFilter(RecordFilter):
    search = filters.CharFilter(method="by_name", label=_("Client"))
    said_by = filters.ModelChoiceFilter(queryset=User.objects.all(), label=_("Said by"))
    since = filters.DateFilter(field_name="created_at", lookup_expr="date__gte", label=_("From"))
    until = filters.DateFilter(field_name="created_at", lookup_expr="date__lte", label=_("To"))
    ordering = Ordering(fields={"created_at": "created_at", "client__name": "client", "updated_at": "updated_at"})

    class Meta:
        model = DistinctPair
        fields = {"client": ["exact"], "other": ["exact"]}

    def by_name(self, rows: Any, _name: str, text: str) -> Any:
        return rows.filter(containing(text, "other__name"))


class PairListFilter(PairFilter):
    """As the page shows it."""

    updated_after = None

    class Meta:
        model = DistinctPair
        fields = ()
