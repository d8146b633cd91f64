"""One FilterSet per list, shared by page, API and exports; relations offer only what the person may see."""

from typing import Any, cast

import django_filters
from django.db import models
from django_filters.rest_framework import FilterSet
from django_filters.rest_framework.filters import IsoDateTimeFilter, ModelChoiceFilter, ModelMultipleChoiceFilter


class VisibleChoice(ModelChoiceFilter):  # type: ignore[misc]
    """A relation to filter by; what the person may not see is no choice."""

    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), getattr(request, "user", None))


class VisibleChoices(ModelMultipleChoiceFilter):  # type: ignore[misc]
    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), getattr(request, "user", None))


def visible(rows: models.QuerySet[Any], user: Any) -> models.QuerySet[Any]:
    """Rows limited to what the person may see, for tables that know the difference."""
    limit = getattr(rows, "visible_to", None)
    if limit is None:
        return rows
    return cast("models.QuerySet[Any]", limit(user)) if user and user.is_authenticated else rows.none()


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
