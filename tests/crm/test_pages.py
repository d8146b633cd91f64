"""Pages of a list."""

from typing import Any

import pytest
from django.test import RequestFactory

from crm.models import User
from crm.web import pages
from crm.web.pages import page_number, paginate, stable
from tests.make import make_user

pytestmark = pytest.mark.django_db


def asked(query: str = "") -> Any:
    return RequestFactory().get(f"/?{query}")


def test_pages_follow_one_another_without_gap_or_repetition() -> None:
    people = {make_user(last_name="Same").pk for _ in range(7)}
    rows = User.objects.filter(last_name="Same").order_by("last_name")
    seen = [row.pk for number in (1, 2, 3) for row in paginate(asked(f"page={number}"), rows, size=3).rows]
    assert sorted(seen) == sorted(people)


def test_a_page_knows_where_it_stands(django_assert_num_queries: Any) -> None:
    for _ in range(5):
        make_user(last_name="Same")
    with django_assert_num_queries(2):
        page = paginate(asked("page=2"), User.objects.filter(last_name="Same"), size=2)
    assert (page.first, page.last, page.count) == (3, 4, 5)
    assert page.has_previous
    assert page.has_next


def test_the_count_stops_at_the_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CAP", 3)
    for _ in range(5):
        make_user(last_name="Same")
    page = paginate(asked(), User.objects.filter(last_name="Same"))
    assert (page.count, page.is_capped) == (3, True)


def test_an_empty_list_is_one_empty_page() -> None:
    page = paginate(asked(), User.objects.none())
    assert (page.first, page.last, page.count, page.has_next) == (0, 0, 0, False)


@pytest.mark.parametrize(("text", "number"), [("0", 1), ("-1", 1), ("x", 1), ("٣", 1), ("", 1), ("9" * 30, 100_000)])
def test_nonsense_is_a_page_all_the_same(text: str, number: int) -> None:
    assert page_number(asked(f"page={text}")) == number


def test_an_order_by_key_is_stable_already() -> None:
    assert stable(User.objects.order_by("-pk")).query.order_by == ("-pk",)
    assert stable(User.objects.order_by("last_name")).query.order_by == ("last_name", "pk")
