"""Parameters in the address of a GET. What an endpoint does not know it refuses with its name: a filter that is
silently ignored answers with everything, and nobody notices."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings

EVERYWHERE = (str(api_settings.URL_FORMAT_OVERRIDE),)


class Nothing(serializers.Serializer[Any]):
    """Asks for nothing."""


def check_names(view: Any, request: Request) -> None:
    """Raises ValidationError `unknown_parameter` for each name that the view has no use for."""
    known = {*EVERYWHERE, *view.asks().fields, *page_names(view), *filter_names(view)}
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        words = _("There is no such parameter here. Known are: %(names)s.") % {"names": ", ".join(sorted(known))}
        raise ValidationError({name: [ErrorDetail(words, code="unknown_parameter")] for name in unknown})


def page_names(view: Any) -> Iterable[str]:
    """How the pages of a list are asked for; one object has none."""
    paginator = getattr(view, "paginator", None)
    if paginator is None or getattr(view, "action", "list") == "retrieve":
        return ()
    place = getattr(paginator, "cursor_query_param", None) or paginator.page_query_param
    return place, paginator.page_size_query_param


def filter_names(view: Any) -> Iterable[str]:
    """What a list can be narrowed, searched and sorted by; other answers are not filtered."""
    if getattr(view, "action", "list") != "list":
        return ()
    names = set(filterset_names(view))
    if getattr(view, "search_fields", None):
        names.add(api_settings.SEARCH_PARAM)
    if getattr(view, "ordering_fields", None):
        names.add(api_settings.ORDERING_PARAM)
    return names


def filterset_names(view: Any) -> Iterable[str]:
    """A range is asked for by its two ends."""
    filterset = getattr(view, "filterset_class", None)
    if filterset is None:
        return getattr(view, "filterset_fields", None) or ()
    ends = {name: getattr(each.field_class.widget, "suffixes", ()) for name, each in filterset.base_filters.items()}
    return [full for name, suffixes in ends.items() for full in ([f"{name}_{end}" for end in suffixes] or [name])]
