"""Lists of complaints, praise, extras and promises: searched, filtered, sorted, taken as a file; own clients only."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Client, Complaint, Extra, Praise
from tests.make import Cast, browser_of, make_client, make_promised

pytestmark = pytest.mark.django_db
LISTS = ("complaint_list", "praise_list", "extra_list", "promise_list")


@pytest.fixture
def filled(cast: Cast) -> Client:
    """Two own clients with one thing of every kind, and a foreign one of which nothing is seen."""
    alfa, beta = (make_client(name=name, account_manager=cast.manager) for name in ("Alfa", "Beta"))
    foreign = make_client(name="Foreign", account_manager=cast.partner)
    for client, day in ((alfa, 1), (beta, 2), (foreign, 3)):
        on, by = date(2026, 6, day), cast.partner
        told = {"client": client, "received_on": on, "logged_by": by, "text": f"Words of {client.name}"}
        Complaint.objects.create(**told, severity="minor" if client == alfa else "grave", about=cast.consultant)
        Praise.objects.create(**told, may_be_told=client == beta)
        Extra.objects.create(client=client, name="Call", given_on=on, given_by=by, value=day, currency="EUR", times=day)
        make_promised(
            client, by=by, text=f"Memo for {client.name}", due="2026-06-20", at=datetime(2026, 6, 1, tzinfo=UTC)
        )
    return alfa


def names(cast: Cast, name: str, **asked: Any) -> list[str]:
    response = browser_of(cast.manager).get(reverse(f"clients:{name}"), asked)
    return [row.client.name for row in response.context["page"].rows]


def file_of(cast: Cast, name: str, **asked: Any) -> str:
    response: Any = browser_of(cast.manager).get(reverse(f"clients:{name}"), {"format": "csv", **asked})
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize("name", LISTS[:3])
def test_a_list_is_searched_and_sorted(cast: Cast, filled: Client, name: str) -> None:
    assert set(names(cast, name)) == {"Alfa", "Beta"}
    assert names(cast, name, search="alf") == ["Alfa"]
    assert names(cast, name, ordering="client") == ["Alfa", "Beta"]
    assert names(cast, name, ordering="-client") == ["Beta", "Alfa"]


@pytest.mark.parametrize(
    ("name", "asked", "expected"),
    [
        ("complaint_list", {"severity": "grave"}, ["Beta"]),
        ("complaint_list", {"since": "2026-06-02"}, ["Beta"]),
        ("complaint_list", {"is_open": "false"}, []),
        ("praise_list", {"may_be_told": "true"}, ["Beta"]),
        ("extra_list", {"is_expected": "true"}, []),
        ("extra_list", {"is_told": "false", "ordering": "-value"}, ["Beta", "Alfa"]),
        ("extra_list", {"given_by": "nobody"}, []),
    ],
)
def test_a_list_is_filtered(cast: Cast, filled: Client, name: str, asked: dict[str, str], expected: list[str]) -> None:
    assert names(cast, name, **asked) == expected


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_a_file_of_the_same_rows(cast: Cast, filled: Client, name: str) -> None:
    told = file_of(cast, name, search="alf")
    assert "Alfa" in told
    for hidden in ("Beta", "Foreign"):
        assert hidden not in told
    assert "Foreign" not in file_of(cast, name, whose="firm")
    workbook = browser_of(cast.manager).get(reverse(f"clients:{name}"), {"format": "xlsx"})
    assert workbook.status_code == 200
    assert browser_of(cast.manager).get(reverse(f"clients:{name}"), {"format": "doc"}).status_code == 404


def test_promise_list_is_filtered_on_the_board_and_in_the_file(cast: Cast, filled: Client) -> None:
    url = reverse("clients:promise_list")
    board = browser_of(cast.manager).get(url, {"search": "beta"}).context["board"]
    assert [row.promise.client.name for column in board.columns for row in column.rows] == ["Beta"]
    assert browser_of(cast.manager).get(url, {"made_by": cast.manager.pk}).context["board"].columns == []
    assert "overdue, not warned" in file_of(cast, "promise_list")
    assert "Nothing fits these filters" in browser_of(cast.manager).get(url, {"search": "x y z"}).content.decode()
