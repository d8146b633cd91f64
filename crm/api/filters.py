"""One FilterSet per list, shared by page, API and exports; relations offer only what the person may see."""

from typing import Any

import django_filters
from django.db import models
from django.db.models import F
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from django_filters.rest_framework.filters import (
    IsoDateTimeFilter,
    ModelChoiceFilter,
    ModelMultipleChoiceFilter,
    OrderingFilter,
)
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.filters import OrderingFilter as SortingBackend
from rest_framework.request import Request

from crm.access import visible
from crm.api.parameters import filterset_names
from crm.db import by_name


class VisibleChoice(ModelChoiceFilter):  # type: ignore[misc]
    """A relation to filter by; what the person may not see is no choice."""

    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), request.user)

    def filter(self, qs: Any, value: Any) -> Any:
        """A record that others were merged into is asked for with them."""
        family = getattr(value, "family", None)
        if family is None or self.method is not None:
            return super().filter(qs, value)
        return qs.filter(**{f"{self.field_name}__in": family})


class VisibleChoices(ModelMultipleChoiceFilter):  # type: ignore[misc]
    def get_queryset(self, request: Any) -> models.QuerySet[Any]:
        return visible(super().get_queryset(request), request.user)


class Ordering(OrderingFilter):  # type: ignore[misc]
    """Sorts names as people look them up, and what is missing last, whichever way; ties stand by their id."""

    def filter(self, qs: Any, value: Any) -> Any:
        names = [self.get_ordering_value(name) for name in value or () if name]
        return qs.order_by(*map(self.key_of, names), *self.ties(qs), "pk") if names else qs

    def key_of(self, name: str) -> Any:
        column = self.column_of(name.lstrip("-"))
        return column.desc(nulls_last=True) if name.startswith("-") else column.asc(nulls_last=True)

    @staticmethod
    def ties(rows: Any) -> list[str]:
        """Equals stand by their name where they have one."""
        return ["name"] if any(field.name == "name" for field in rows.model._meta.concrete_fields) else []

    @staticmethod
    def column_of(name: str) -> Any:
        return by_name(name) if name.endswith("name") else F(name)


class Sorting(SortingBackend):
    """`?ordering=` by the view's `ordering_fields`, unless its filter sorts; an unknown field is refused by name."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        if self.ordering_param in filterset_names(view):
            return self.get_default_ordering(view)
        return super().get_ordering(request, queryset, view)

    def remove_invalid_fields(self, queryset: Any, fields: Any, view: Any, request: Request) -> Any:
        asked = [name for name in fields if name]
        if len(known := super().remove_invalid_fields(queryset, asked, view, request)) == len(asked):
            return known
        names = ", ".join(name for name, _label in self.get_valid_fields(queryset, view))
        words = _("Sort by one or more of: %(names)s.") % {"names": names}
        raise ValidationError({self.ordering_param: [ErrorDetail(words, code="invalid_choice")]})


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


class PageFilter(RecordFilter):
    """Base of what a page alone narrows by: nobody asks there what changed since."""

    updated_after = None


class Narrowing(DjangoFilterBackend):  # type: ignore[misc]
    """Fields that a view merely names are filtered as everywhere: by what is seen, merged records together."""

    filterset_base = PageFilter
