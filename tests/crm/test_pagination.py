"""Pages by cursor: no row twice, none left out, whatever is shared by many rows and whichever way one walks."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import NotFound
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from clients.models import Client
from crm.api.pagination import Cursor
from tests.make import make_client

pytestmark = pytest.mark.django_db


class View:
    filter_backends = [OrderingFilter]
    ordering_fields = ["city", "name"]
    queryset = Client.objects.all()
    ordering = None


def page(url: str) -> tuple[list[str], Cursor]:
    cursor = Cursor()
    request = Request(APIRequestFactory().get(url))
    view: Any = View()
    rows = cursor.paginate_queryset(
        OrderingFilter().filter_queryset(request, Client.objects.all(), view), request, view
    )
    return [row.name for row in rows], cursor


def walk(url: str | None, link: str) -> list[list[str]]:
    pages = []
    while url:
        names, cursor = page(url)
        pages.append(names)
        url = getattr(cursor, link)()
    return pages


@pytest.mark.parametrize("ordering", ["city", "-city", "city,-name", "-city,name", ""])
def test_walking_to_the_end_and_back_shows_every_row_once(ordering: str) -> None:
    for number in range(11):
        make_client(name=f"Client {number:02}", city="Bonn" if number < 8 else "Ulm")
    asked = f"&ordering={ordering}" if ordering else ""
    there = walk(f"/?page_size=3{asked}", "get_next_link")
    assert [len(names) for names in there] == [3, 3, 3, 2]
    rows = Client.objects.order_by(*(ordering.split(",") if ordering else ["-id"]))
    seen = [name for names in there for name in names]
    if "name" in ordering:
        assert seen == [row.name for row in rows]
    assert len(set(seen)) == 11
    _names, cursor = page(f"/?page_size=3{asked}")
    urls = [cursor.get_next_link()]
    while (last := urls[-1]) and (following := page(last)[1].get_next_link()):
        urls.append(following)
    back = walk(page(str(urls[-1]))[1].get_previous_link(), "get_previous_link")
    assert back == there[-2::-1]


def test_with_updated_after_rows_come_in_the_order_of_change() -> None:
    first, second = make_client(), make_client()
    names, _cursor = page("/?updated_after=2020-01-01T00:00:00Z")
    assert names == [first.name, second.name]


@given(st.text(max_size=40) | st.sampled_from(["W10=", "WzEsMl0=", "W1siMSJdLHRydWVd", "W1sieCJdLGZhbHNlXQ=="]))
def test_a_cursor_that_nobody_gave_is_not_found(code: str) -> None:
    cursor = Cursor()
    request = Request(APIRequestFactory().get("/", {"cursor": code}))
    with suppress(NotFound):
        cursor.paginate_queryset(Client.objects.all(), request, View())


def test_a_cursor_with_a_number_beyond_all_ids_is_not_found() -> None:
    with pytest.raises(NotFound):
        page("/?cursor=W1siOTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Il0sIGZhbHNlXQ==")
