"""Pages of lists: `?page_size=` up to 500, answered with `next`, `previous` and `results`."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from rest_framework import pagination
from rest_framework.exceptions import ErrorDetail, NotFound
from rest_framework.exceptions import ValidationError as InvalidError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import IntegerField
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 50, 500
SIZE = "page_size"


class Sized:
    """`?page_size=` is a whole number from one up; more than the most gives the most, anything else is refused."""

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(SIZE, "").strip()
        if not asked:
            return USUAL
        if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
            refused = ErrorDetail(str(IntegerField.default_error_messages["invalid"]), code="invalid")
            raise InvalidError({SIZE: [refused]})
        digits = asked.lstrip("0")
        return min(int(digits), MOST) if len(digits) < 5 else MOST


class Pages(Sized, pagination.PageNumberPagination):
    """For lists that a firm can count; `count` stands beside the contract's three keys."""

    page_size, max_page_size, page_size_query_param = USUAL, MOST, SIZE

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": self.page.paginator.count if self.page else 0,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "results": data,
            }
        )

    @property
    def is_last(self) -> bool:
        return self.page is None or not self.page.has_next()


class Place(NamedTuple):
    """Where a page begins: after (or, `back`, before) the row with these values of the ordering's fields."""

    values: list[str]
    back: bool


class Cursor(Sized, pagination.CursorPagination):
    """For rows that grow without bound: no counting, no skipping; newest first unless `?ordering=` says otherwise.

    A page begins at the values of a whole row, its id included. DRF's own cursor knows one column and counts rows
    that share it, and so never ends where thousands were written in one transaction.
    """

    page_size, max_page_size, page_size_query_param = USUAL, MOST, SIZE
    ordering = "-id"

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The fields asked for, ended by the id; `?updated_after=` reads in the order of change."""
        asked = request.query_params
        if "updated_after" in asked and "ordering" not in asked and hasattr(queryset.model, "updated_at"):
            return ("updated_at", "id")
        fields = super().get_ordering(request, queryset, view)
        if fields[-1].lstrip("-") in ("id", "pk"):
            return fields
        return (*fields, "-id" if fields[0].startswith("-") else "id")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.address = request.build_absolute_uri()
        self.fields = self.get_ordering(request, queryset, view)
        size = self.get_page_size(request)
        place = self._place(request)
        back = bool(place and place.back)
        rows = queryset.order_by(*(_turned(field) if back else field for field in self.fields))
        found = list((rows.filter(self._beyond(rows, place)) if place else rows)[: size + 1])
        self.page = found[:size][::-1] if back else found[:size]
        more = len(found) > size
        self.has_next = back or more
        self.has_previous = more if back else place is not None
        return self.page

    def get_next_link(self) -> str | None:
        return self._link(self.page[-1], back=False) if self.has_next and self.page else None

    def get_previous_link(self) -> str | None:
        return self._link(self.page[0], back=True) if self.has_previous and self.page else None

    @property
    def is_last(self) -> bool:
        return not self.has_next

    def _link(self, row: Any, *, back: bool) -> str:
        values = [str(getattr(row, field.lstrip("-"))) for field in self.fields]
        code = urlsafe_b64encode(json.dumps([values, back]).encode()).decode()
        return replace_query_param(self.address, self.cursor_query_param, code)

    def _place(self, request: Request) -> Place | None:
        code = request.query_params.get(self.cursor_query_param)
        if code is None:
            return None
        try:
            values, back = json.loads(urlsafe_b64decode(code.encode()))
            if len(values) == len(self.fields) and all(isinstance(value, str) for value in values):
                return Place(values, back is True)
        except (ValueError, TypeError, RecursionError):
            pass
        raise NotFound(self.invalid_cursor_message)

    def _beyond(self, rows: QuerySet[Any, Any], place: Place) -> Q:
        """Rows after the place: greater in the first field, or equal there and greater in the next, and so on."""
        fields = [(field.lstrip("-"), field.startswith("-") != place.back) for field in self.fields]
        beyond = Q()
        for (name, falls), text in zip(reversed(fields), reversed(place.values), strict=True):
            value = _value(rows, name, text)
            further = Q((f"{name}__lt" if falls else f"{name}__gt", value))
            beyond = further | Q((name, value)) & beyond if beyond else further
        name, falls = fields[0]
        return Q((f"{name}__lte" if falls else f"{name}__gte", _value(rows, name, place.values[0]))) & beyond


def _turned(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(rows: QuerySet[Any, Any], name: str, text: str) -> Any:
    try:
        value = rows.model._meta.get_field(name).to_python(text)
    except ValidationError as wrong:
        raise NotFound from wrong
    if value is None or (isinstance(value, int) and abs(value) >= 2**63):
        raise NotFound
    return value
