"""Of every client there is the card; finance reads the master data of billing besides, in every place alike."""

import re
from datetime import date
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from clients.navigation import find_clients
from clients.rules.card import BILLING, CARD
from clients.serializers.client import ClientSerializer
from clients.services.facts import add_member
from crm.models import User
from tests.make import Cast, make_api, make_client

pytestmark = pytest.mark.django_db
V1 = "/api/v1"
MASTER = {
    "legal_name": "Alfa Shipping JSC",
    "city": "Kaliningrad",
    "country": "RU",
    "tax_number": "7707083893",
    "billing_email": "books@alfa.example",
    "currency": "RUB",
    "language": "ru",
    "payment_terms_days": 14,
}
REST = {"industry": "Freight", "notes": "Their owner drinks", "website": "https://alfa.example/"}
READ = [
    ("partner", BILLING | CARD | {"industry", "notes", "website", "parent", "since_on", "status_on"}),
    ("finance", BILLING | CARD),
    ("manager", CARD),
]
"""Who reads which fields of a client that somebody else keeps."""


@pytest.fixture
def alfa(cast: Cast) -> Client:
    group = make_client(name="Group", account_manager=cast.partner)
    return make_client(
        name="Alfa", account_manager=cast.partner, parent=group, since_on=date(2020, 1, 1), **MASTER, **REST
    )


def open_browser(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def names(api: Any, query: str) -> list[str]:
    return [row["name"] for row in api.get(f"{V1}/clients/?{query}").json()["results"]]


@pytest.mark.parametrize(("role", "read"), READ)
def test_each_field_of_the_api_is_read_or_null(cast: Cast, alfa: Client, role: str, read: frozenset[str]) -> None:
    api = make_api(getattr(cast, role))
    one = api.get(f"{V1}/clients/{alfa.pk}/").json()
    (listed,) = (row for row in api.get(f"{V1}/clients/").json()["results"] if row["id"] == alfa.pk)
    full = make_api(cast.partner).get(f"{V1}/clients/{alfa.pk}/").json()
    assert one.keys() == full.keys() == set(ClientSerializer.Meta.fields) - {"reason"}
    for shown in (one, listed):
        hidden = {name for name in shown if shown[name] is None and full[name] is not None}
        told = {name for name in shown if shown[name] is not None}
        assert told <= read
        assert hidden.isdisjoint(read)


def test_of_an_own_client_everything_is_read(cast: Cast) -> None:
    own = make_client(account_manager=cast.manager, **MASTER, **REST)
    row = make_api(cast.manager).get(f"{V1}/clients/{own.pk}/").json()
    assert {name: row[name] for name in (*MASTER, *REST)} == {**MASTER, **REST}


@pytest.mark.parametrize(
    ("query", "billed"),
    [
        ("status=active", True),
        ("country=RU", True),
        ("currency=RUB", True),
        ("industry=Freight", False),
        ("search=7707083893", True),
        ("search=shipping jsc", True),
    ],
)
def test_no_filter_tells_what_is_not_read(cast: Cast, alfa: Client, query: str, billed: bool) -> None:
    assert names(make_api(cast.manager), query) == []
    assert ("Alfa" in names(make_api(cast.finance), query)) is billed
    assert "Alfa" in names(make_api(cast.partner), query)


def test_the_group_of_companies_is_no_filter_for_who_does_not_read_it(cast: Cast, alfa: Client) -> None:
    query = f"parent={alfa.parent_id}"
    assert names(make_api(cast.partner), query) == ["Alfa"]
    assert names(make_api(cast.manager), query) == names(make_api(cast.finance), query) == []


def test_the_order_by_the_first_day_betrays_nothing(cast: Cast, alfa: Client) -> None:
    mine = make_client(name="Mine", account_manager=cast.manager, since_on=date(2024, 1, 1))
    assert names(make_api(cast.manager), "ordering=since_on")[0] == mine.name
    assert names(make_api(cast.partner), "ordering=since_on")[0] == alfa.name


@pytest.mark.parametrize(("role", "there"), [("partner", True), ("finance", True), ("manager", False)])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_files_hold_what_is_read(cast: Cast, alfa: Client, role: str, there: bool, form: str) -> None:
    url = reverse("clients:client_export")
    answer: Any = open_browser(getattr(cast, role)).get(url, {"view": "all", "format": form})
    content = b"".join(answer)
    if form == "csv":
        text = content.decode("utf-8-sig")
        assert "Alfa" in text
        assert ("Kaliningrad" in text, "Alfa Shipping JSC" in text) == (there, there)
        assert ("Freight" in text) is (role == "partner")
    else:
        assert content.startswith(b"PK")


def test_pages_show_master_data_to_finance_and_the_card_to_others(cast: Cast, alfa: Client) -> None:
    url = reverse("clients:client", args=[alfa.pk])
    shown = open_browser(cast.finance).get(url).content.decode()
    assert all(part in shown for part in ("books@alfa.example", "7707083893", "Kaliningrad"))
    card = open_browser(cast.manager).get(url).content.decode()
    assert not any(part in card for part in ("books@alfa.example", "7707083893", "Kaliningrad"))
    for page in (shown, card):
        assert not any(part in page for part in ("Freight", "drinks", "https://alfa.example/", "Group"))
    alfa.status = Client.Status.LOST
    alfa.save()
    lost = re.compile(r'class="chip warn">\s*lost')
    assert lost.search(open_browser(cast.partner).get(url).content.decode())
    assert not lost.search(open_browser(cast.manager).get(url).content.decode())
    rows = open_browser(cast.manager).get(reverse("clients:client_list"), {"view": "all"}).content.decode()
    assert "Alfa" in rows
    assert "Kaliningrad" not in rows


def test_the_search_of_the_house_tells_and_finds_no_more_than_the_card(cast: Cast, alfa: Client) -> None:
    hits = {role: list(find_clients(getattr(cast, role), "Alfa")) for role in ("finance", "manager")}
    assert "7707083893" in hits["finance"][0].meta
    assert [hit.meta for hit in hits["manager"]] == [""]
    assert list(find_clients(cast.manager, "7707083893")) == []
    options = open_browser(cast.manager).get(reverse("clients:client_options"), {"of": "client", "client": "Alfa"})
    assert "Alfa" in options.content.decode()
    assert "Kaliningrad" not in options.content.decode()
    told = make_api(cast.manager).get(f"{V1}/clients/duplicates/", {"name": "Alfa"}).json()["duplicates"]
    assert [(row["name"], row["city"]) for row in told if row["id"] == alfa.pk] == [("Alfa", None)]


def test_who_works_for_a_client_is_no_part_of_the_card(cast: Cast, alfa: Client) -> None:
    add_member(alfa, user=cast.consultant, on=date(2026, 1, 1))
    url = f"{V1}/client-members/?client={alfa.pk}"
    count = {role: make_api(getattr(cast, role)).get(url).json()["count"] for role in ("partner", "consultant")}
    assert count == {"partner": 1, "consultant": 1}
    for role in ("manager", "finance"):
        assert make_api(getattr(cast, role)).get(url).json()["count"] == 0
    member = alfa.members.get()
    assert make_api(cast.manager).get(f"{V1}/client-members/{member.pk}/").status_code == 404
    assert make_api(cast.manager).get(f"{V1}/contacts/?client={alfa.pk}").status_code == 200


def test_a_part_of_a_client_that_one_sees_as_a_card_is_not_found(cast: Cast, alfa: Client) -> None:
    for part in ("timeline", "value", "health"):
        assert make_api(cast.manager).get(f"{V1}/clients/{alfa.pk}/{part}/").status_code == 404
    assert make_api(cast.manager).patch(f"{V1}/clients/{alfa.pk}/", {"name": "Beta"}).status_code == 403
