"""One URL, two answers; and what the middleware makes of redirects and messages for htmx."""

import json
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from crm.web.fragments import (
    after_act,
    back_url,
    close_dialog,
    done_here,
    flash,
    nothing_but,
    page,
    respond_422,
    wants_fragment,
)
from crm.web.urls import urlpatterns as shell_patterns
from tests.make import Cast

HTMX = {"HX-Request": "true"}


def listing(request: HttpRequest) -> HttpResponse:
    return page(request, "search.html", {"count": 0, "query": "nobody"}, fragment="results")


def keep(request: HttpRequest) -> HttpResponse:
    flash(request, "Promise kept.", undo="/undo/")
    return HttpResponse("row")


def save(request: HttpRequest) -> HttpResponse:
    flash(request, "Saved.")
    return redirect("/list/")


def elsewhere(request: HttpRequest) -> HttpResponse:
    return done_here(request, "/list/")


urlpatterns = [
    *shell_patterns,
    path("list/", listing),
    path("keep/", keep),
    path("save/", save),
    path("elsewhere/", elsewhere),
]


@pytest.fixture
def member(client: Client, cast: Cast) -> Client:
    client.force_login(cast.manager)
    return client


@pytest.fixture(autouse=True)
def routes() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def test_a_plain_request_gets_the_page_and_htmx_the_fragment(member: Client) -> None:
    whole, part = member.get("/list/"), member.get("/list/", headers=HTMX)
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert b"nobody" in part.content
    assert "HX-Request" in whole["Vary"]
    assert "HX-Request" in part["Vary"]


def test_a_page_from_the_history_is_whole(member: Client) -> None:
    restored = member.get("/list/", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert b"<html" in restored.content


def test_a_message_becomes_a_toast_with_undo_for_htmx(member: Client) -> None:
    answer = member.post("/keep/", headers=HTMX)
    toast = json.loads(answer["HX-Trigger"])["toast"]
    assert toast == {"all": [{"text": "Promise kept.", "button": ["/undo/", "Undo"], "tone": "ok"}]}
    assert b"Promise kept." not in member.get("/list/").content


def test_a_message_waits_for_the_page_after_a_redirect(member: Client) -> None:
    answer = member.post("/save/")
    assert answer.status_code == 302
    assert b"Saved." in member.get("/list/").content


def test_a_redirect_becomes_a_navigation_for_htmx(member: Client) -> None:
    answer = member.post("/save/", headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/list/")
    assert "HX-Trigger" not in answer
    assert b"Saved." in member.get("/list/").content


def test_a_session_that_ended_leads_to_sign_in_and_back_to_the_page(client: Client, db: None) -> None:
    current = {"HX-Current-URL": "http://testserver/clients/?tier=a"}
    answer = client.get("/list/", headers={**HTMX, **current})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/account/sign-in/?next=%2Fclients%2F%3Ftier%3Da"


@pytest.mark.parametrize("given", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_nobody_is_sent_to_a_foreign_page(given: str) -> None:
    request = RequestFactory().post("/", {"next": given})
    assert back_url(request, "/safe/") == "/safe/"


def test_a_button_returns_to_the_page_where_it_stood(member: Client) -> None:
    answer = member.post("/elsewhere/", headers={"Referer": "http://testserver/clients/"})
    assert answer["Location"] == "http://testserver/clients/"


def test_422_answers_with_the_form(member: Client) -> None:
    request = RequestFactory().post("/", headers=HTMX)
    request.user = member.get("/list/").wsgi_request.user
    answer = respond_422(request, "search.html", {"count": 0, "query": "kept text"}, fragment="results")
    assert answer.status_code == 422
    assert b"kept text" in answer.content


def test_dialogs_close_by_an_event() -> None:
    assert "closeDialog" in json.loads(close_dialog(HttpResponse())["HX-Trigger-After-Settle"])
    silent = nothing_but("changed", client=12)
    assert silent.status_code == 204
    assert json.loads(silent["HX-Trigger"]) == {"closeDialog": {}, "changed": {"client": 12}}


@pytest.mark.parametrize(
    ("stands_on", "data", "leads_to"),
    [
        ("/list/", {}, None),
        ("/expenses/new/", {}, "/safe/"),
        ("/expenses/new/", {"next": "/expenses/"}, "/expenses/"),
    ],
)
def test_a_form_on_a_page_of_its_own_leads_on_and_a_dialog_closes(
    stands_on: str, data: dict[str, str], leads_to: str | None
) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{stands_on}"}
    answer = after_act(RequestFactory().post("/expenses/new/", data, headers=headers), "/safe/")
    assert (answer.status_code, answer.headers.get("Location")) == ((302, leads_to) if leads_to else (204, None))


def test_only_htmx_wants_a_fragment() -> None:
    assert not wants_fragment(RequestFactory().get("/"))
    assert wants_fragment(RequestFactory().get("/", headers=HTMX))


@pytest.mark.parametrize("junk", ["0001-01-01T00:00:00+14:00", "today", "http:today", "//evil.example/", "\x00"])
def test_a_way_back_that_is_no_address_of_ours_is_not_taken(junk: str) -> None:
    request = RequestFactory().post("/", {"next": junk})
    assert redirect(back_url(request, "/safe/"))["Location"] == "/safe/"
