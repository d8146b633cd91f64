"""A GET refuses what it does not know, in every list and report; pages keep what others hang on their links."""

import logging
from collections.abc import Iterator

import pytest
from django.test import Client as Browser

from crm.api.throttling import Limits
from tests.crm.test_access import ROUTES, Route
from tests.make import Cast, make_api, make_client
from tests.walks.description import Description

pytestmark = pytest.mark.django_db
APART = {"api:schema", "accounts:sign_out"}
"""The description takes what its library takes; signing out ends the walk."""


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Limits, "allow_request", lambda *_args: True)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def answered_by_get() -> Iterator[Route]:
    for route in ROUTES.values():
        if route.is_api and route.knows("get") and route.name not in APART:
            yield route


def test_every_get_of_the_api_names_a_parameter_that_it_does_not_know(cast: Cast) -> None:
    api, wrong = make_api(cast.partner), []
    for route in answered_by_get():
        answer = api.get(route.path, {"paid_state": "1"})
        told = answer.json()["errors"][0] if answer.status_code == 400 else {}
        if (told.get("attr"), told.get("code")) != ("paid_state", "unknown_parameter"):
            wrong.append((route.path, answer.status_code, told))
    assert len(list(answered_by_get())) > 100
    assert wrong == []


def test_every_parameter_of_the_description_is_known(cast: Cast) -> None:
    api, wrong = make_api(cast.partner), []
    for operation in Description().operations():
        if operation.method == "get" and operation.path != "/api/v1/schema/":
            path = operation.path.replace("{id}", "999999999").replace("{line}", "1")
            answer = api.get(path, dict.fromkeys(operation.asks, "x"))
            errors = answer.json().get("errors", ()) if answer.status_code == 400 else ()
            wrong += [(path, error) for error in errors if error["code"] == "unknown_parameter"]
    assert wrong == []


def test_an_order_that_does_not_exist_is_refused_by_every_list(cast: Cast) -> None:
    api, wrong, asked = make_api(cast.partner), [], 0
    for operation in Description().operations():
        if operation.method == "get" and "ordering" in operation.asks and "{" not in operation.path:
            answer, asked = api.get(operation.path, {"ordering": "-colour"}), asked + 1
            if answer.status_code != 400 or answer.json()["errors"][0]["attr"] != "ordering":
                wrong.append((operation.path, answer.status_code))
    assert asked > 40
    assert wrong == []


@pytest.mark.parametrize("asked", ["0", "-1", "abc", "1.5", "1e3", "٣"])
def test_the_size_of_a_page_is_a_number(cast: Cast, asked: str) -> None:
    api = make_api(cast.partner)
    for path in ("clients", "time-entries", "reports/clv"):
        refused = api.get(f"/api/v1/{path}/", {"page_size": asked})
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "page_size")
        for taken in ("", "7", "0500", "100000", "9" * 5000):
            assert api.get(f"/api/v1/{path}/", {"page_size": taken}).status_code == 200


def test_a_single_row_of_the_trail_has_its_tag_too(cast: Cast) -> None:
    make_client()
    api = make_api(cast.partner)
    row = api.get("/api/v1/audit/?page_size=1").json()["results"][0]
    tag = api.get(f"/api/v1/audit/{row['id']}/")["ETag"]
    assert api.get(f"/api/v1/audit/{row['id']}/", headers={"If-None-Match": tag}).status_code == 304


def test_pages_ignore_what_others_hang_on_a_link(cast: Cast) -> None:
    browser, wrong = Browser(raise_request_exception=False), []
    browser.force_login(cast.partner)
    for route in ROUTES.values():
        if not (route.is_api or route.has_ids or "nothing" in route.path or route.name in APART):
            plain, tagged = browser.get(route.path), browser.get(route.path, {"utm_source": "mail", "fbclid": "x"})
            if plain.status_code != tagged.status_code:
                wrong.append((route.path, plain.status_code, tagged.status_code))
    assert wrong == []
