"""Pages of lists: `?page_size=` up to 500, answered with `next`, `previous` and `results`."""

from typing import Any

from rest_framework import pagination
from rest_framework.response import Response


class Pages(pagination.PageNumberPagination):
    """For lists that a firm can count; `count` stands beside the contract's three keys."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"

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


class Cursor(pagination.CursorPagination):
    """For rows that grow without bound: no counting, no skipping; newest first unless `?ordering=` says otherwise."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "-id"

    @property
    def is_last(self) -> bool:
        return not self.has_next
