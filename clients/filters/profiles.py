"""Filters of business profiles and competitors seen, for the API."""

import django_filters as filters

from clients.models import BusinessProfile, CompetitorSeen
from crm.api.filters import RecordFilter


class ProfileFilter(RecordFilter):
    stale_before = filters.DateFilter(field_name="stale_on", lookup_expr="lte")

    class Meta:
        model = BusinessProfile
        fields = {"client": ["exact"], "stale_on": ["exact", "gte", "lte"]}


class CompetitorFilter(RecordFilter):
    class Meta:
        model = CompetitorSeen
        fields = {"client": ["exact"], "seen_on": ["exact", "gte", "lte"]}
