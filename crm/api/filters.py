"""One FilterSet per list, shared by page, API and exports; relations offer only what the person may see."""

from typing import Any

import django_filters
from django.db import models
from django_filters.rest_framework import FilterSet
from django_filters.rest_framework.filters import IsoDateTimeFilter, ModelChoiceFilter, ModelMultipleChoiceFilter

from crm.access import visible


class VisibleChoice(ModelChoiceFilter):  # type: ignore[misc]
    """A relation to filter by; what the person may not see is no choice."""

    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), request.user)


class VisibleChoices(ModelMultipleChoiceFilter):  # type: ignore[misc]
    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), request.user)


class RecordFilter(FilterSet):  # type: ignore[misc]
    """Base of all filters: `?updated_after=<moment>` lists what changed since, in the order of change."""

    updated_after = IsoDateTimeFilter(field_name="updated_at", lookup_expr="gt")

    @classmethod
    def filter_for_lookup(cls, field: Any, lookup_type: str) -> tuple[Any, dict[str, Any]]:
        """Subclasses write their own Meta; the relations' filters hold for them as well."""
        found, params = super().filter_for_lookup(field, lookup_type)
        if found is django_filters.ModelChoiceFilter or found is ModelChoiceFilter:
            found = VisibleChoice
        if found is django_filters.ModelMultipleChoiceFilter or found is ModelMultipleChoiceFilter:
            found = VisibleChoices
        return found, params
