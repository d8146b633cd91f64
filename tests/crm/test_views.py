"""Pages of the shell itself."""

from datetime import date
from typing import Any

import pytest
from celery import current_app
from django.core.cache import cache
from django.db import Error, connection
from django.test import Client

from crm import health, tasks
from crm.models import User
from crm.web import navigation, search
from crm.web.navigation import Badge, NavItem, NewItem
from crm.web.search import Hit, Provider, commands
from tests.make import Cast

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def registries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_places", {})
    monkeypatch.setattr(navigation, "_new", {})
    monkeypatch.setattr(search, "_registry", type(search._registry)())
    navigation.register(NavItem("places", "All places", "map", "more", badge=nine_late, key="m"))
    navigation.register_new(NewItem("token", "New token", "key", "accounts:token_new", key="n"))


def nine_late(user: User, on: date) -> Badge:
    return Badge("9", late=True, words=f"nine for {user.username}")


@pytest.fixture
def member(client: Client, cast: Cast) -> Client:
    client.force_login(cast.manager)
    return client


def find_clients(user: User, query: str) -> list[Hit]:
    names = ["Северный Причал", "Приволжский завод", "<script>"]
    return [
        Hit(name, "/clients/1/", meta=user.username, subject="client:1") for name in names if query in name.casefold()
    ]


def test_the_start_page_is_the_first_place_of_the_role(member: Client) -> None:
    assert member.get("/")["Location"] == "/account/profile/"
    navigation.register(NavItem("clients", "Clients", "users", "more"))
    assert member.get("/")["Location"] == "/more/"


def test_search_shows_what_the_apps_find_for_the_person(member: Client) -> None:
    search.register_search(Provider("Clients", find_clients))
    text = member.get("/search/?q=при", headers=HTMX).content.decode()
    assert "Северный <mark>При</mark>чал" in text
    assert "<mark>При</mark>волжский" in text
    assert 'data-subject="client:1"' in text
    assert "anna" in text
    assert 'hx-swap-oob="true"' in text


def test_search_escapes_names(member: Client) -> None:
    search.register_search(Provider("Clients", find_clients))
    text = member.get("/search/?q=script", headers=HTMX).content.decode()
    assert "&lt;<mark>script</mark>&gt;" in text


def test_an_empty_palette_offers_commands_and_pages(member: Client) -> None:
    search.register_search(Provider("Clients", find_clients))
    text = member.get("/search/", headers=HTMX).content.decode()
    assert "New token" in text
    assert "All places" in text
    assert "Причал" not in text


def test_search_without_scripts_is_a_page(member: Client) -> None:
    text = member.get("/search/?q=nothing at all").content.decode()
    assert "<html" in text
    assert "Nothing found for “nothing at all”" in text


def test_actions_belong_to_the_chosen_hit(member: Client) -> None:
    search.register_actions("client", "Actions", lambda _user, key: [Hit(f"Call {key}", "/call/", dialog=True)])
    text = member.get("/search/?subject=client:12", headers=HTMX).content.decode()
    assert "Call 12" in text
    assert 'hx-target="#dialog"' in text
    assert "Call" not in member.get("/search/?subject=offer:12", headers=HTMX).content.decode()


def test_commands_are_found_by_a_part_of_their_name(cast: Cast) -> None:
    assert [hit.title for hit in commands(cast.manager, "TOK")] == ["New token"]


def test_a_page_asks_no_counts_and_the_badges_come_after_it(member: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):  # the session and the person
        first = member.get("/more/").content.decode()
    assert '<span class="n" id="badge-places" hidden></span>' in first
    fresh = member.get("/badges/").content.decode()
    assert 'class="n hot" id="badge-places" hx-swap-oob="true"' in fresh
    assert "nine for anna" in fresh
    assert '<span class="n hot" id="badge-places">' in member.get("/more/").content.decode()


def test_the_place_of_the_page_is_marked_as_current(member: Client) -> None:
    text = member.get("/more/").content.decode()
    assert 'href="/more/" aria-current="page"' in text


def test_health_is_told_without_a_login(client: Client, db: None) -> None:
    cache.delete(health.SIGN)
    answer = client.get("/healthz/")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "broker": "ok", "worker": "gave no sign of life for 5 minutes"}
    tasks.give_sign()
    assert client.get("/healthz/").json() == {"database": "ok", "broker": "ok", "worker": "ok"}


def test_health_names_the_part_that_fails(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Error

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        answer = client.get("/healthz/")
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["broker"]) == ("does not answer", "ok")


def test_health_names_a_broker_that_fails(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(current_app, "connection_for_write", refuse)
    answer = client.get("/healthz/")
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["broker"]) == ("ok", "does not answer")


def test_robots_stay_out(client: Client) -> None:
    assert b"Disallow: /" in client.get("/robots.txt").content


@pytest.mark.parametrize("signed_in", [True, False])
def test_an_unknown_address_has_a_page_of_the_house(client: Client, cast: Cast, signed_in: bool) -> None:
    if signed_in:
        client.force_login(cast.manager)
    answer = client.get("/nowhere/at/all/")
    assert answer.status_code == 404
    assert ("tabbar" in answer.content.decode()) is signed_in
    assert "There is nothing at this address" in answer.content.decode()


def test_every_page_forbids_foreign_and_inline_scripts(client: Client, db: None) -> None:
    policy = client.get("/account/sign-in/")["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert policy.count("unsafe-inline") == 1
    assert "style-src-attr 'unsafe-inline'" in policy
