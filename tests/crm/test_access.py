"""Every address for every role: found from the URL resolver, so a new route is walked by itself.

A route without a declared right fails here. Nothing is ever a 500, unknown ids are 404, wrong methods 405.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.test import APIRequestFactory

from crm.access import RIGHTS, may
from crm.api.throttling import Limits
from crm.models import User
from tests.make import Cast

UNKNOWN = {"int": "999999999", "str": "nothing", "slug": "nothing", "path": "nothing", "uuid": "nothing"}
API_METHODS = ("get", "post", "put", "patch", "delete")
# Whose POST asks for a further right that depends on what is posted; their own tests say which.
JUDGES_POST = {"billing:lock_list", "clients:client_bulk"}
DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
ACTORS = ("partner", "manager", "consultant", "finance", "integration", "anonymous")


@dataclass(frozen=True)
class Route:
    """One address, with unknown ids in its places."""

    name: str
    path: str
    view: Any
    has_ids: bool

    @property
    def is_api(self) -> bool:
        return hasattr(self.view, "cls")

    @property
    def is_public(self) -> bool:
        if self.is_api:
            return AllowAny in self.view.cls.permission_classes
        return getattr(self.view, "login_required", True) is False

    def right(self, method: str) -> str | None:
        """The declared right, `signed_in` for what everybody may, None where nobody has said anything."""
        if not self.is_api:
            return getattr(self.view, "right", None)
        view = self.view.cls(**getattr(self.view, "initkwargs", {}))
        view.action = getattr(self.view, "actions", {}).get(method)
        request = getattr(APIRequestFactory(), method)(self.path)
        view.request = request
        ask = getattr(view, "right_for", None)
        return ask(request) if ask else getattr(view, "right", None)

    def knows(self, method: str) -> bool:
        """Whether an API view has the method; a page only tells when it is asked."""
        names = self.view.cls.http_method_names
        actions = getattr(self.view, "actions", None)
        handled = method in actions if actions is not None else hasattr(self.view.cls, method)
        return method in names and handled


def routes(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLPattern):
            yield route_of(pattern, before, space)
        else:
            name = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern, before + str(pattern.pattern), name)


def route_of(pattern: URLPattern, before: str, space: str) -> Route:
    path = "/" + before + str(pattern.pattern)
    converters = pattern.pattern.converters
    for name, converter in converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
        path = path.replace(f"<{kind}:{name}>", UNKNOWN[kind]).replace(f"<{name}>", "nothing")
    if "(?P" in path:  # the routers of the API write regular expressions
        path = api_path(path)
    return Route(f"{space}{pattern.name}", path.replace("^", "").replace("$", ""), pattern.callback, "999" in path)


def api_path(path: str) -> str:
    before, _sep, rest = path.partition("(?P")
    while rest:
        depth, place = 1, 0
        for place, letter in enumerate(rest):  # noqa: B007 (the place of the closing bracket is wanted)
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                break
        before, _sep, rest = (before + UNKNOWN["int"] + rest[place + 1 :]).partition("(?P")
    return before


ROUTES = {route.path: route for route in routes(get_resolver())}


def test_every_route_declares_a_right_that_exists() -> None:
    silent = []
    for route in ROUTES.values():
        methods = [method for method in API_METHODS if route.knows(method)] if route.is_api else ["get"]
        declared = [route.right(method) for method in methods]
        if not route.is_public and not all(right in RIGHTS or right == "signed_in" for right in declared):
            silent.append((route.name, declared))
    assert silent == []


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.django_db
@pytest.mark.parametrize("actor", ACTORS)
def test_every_route_answers_every_role_as_the_table_of_rights_says(
    cast: Cast, actor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging.disable(logging.CRITICAL)
    monkeypatch.setattr(Limits, "allow_request", lambda *_args: True)
    user = getattr(cast, actor, None)
    browser = Browser(raise_request_exception=False)
    if user is not None:
        browser.force_login(user)
    wrong = []
    for route in ROUTES.values():
        for method in methods_of(route, actor):
            response = getattr(browser, method)(route.path, content_type="application/json")
            why = fault(route, method, user, response)
            if why:
                wrong.append(f"{method.upper()} {route.path} ({route.name}): {response.status_code}, {why}")
    assert wrong == []


def methods_of(route: Route, actor: str) -> tuple[str, ...]:
    """Wrong methods are the same for all roles, so one of them tries those of pages; nobody signs out on the way."""
    if route.is_api:
        return API_METHODS
    asked = ("get",) if route.name == "accounts:sign_out" else ("get", "post")
    return (*asked, "put", "delete") if actor == "partner" else asked


def fault(route: Route, method: str, user: User | None, response: Any) -> str:
    """What is wrong with an answer; empty when it is as it should be."""
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not (route.name == "healthz" and status == 503):
        return "never a fault of the server"
    if route.is_public:
        return "public" if status in DENIED else ""
    if user is None:
        return fault_for_stranger(route, response)
    right = route.right(method) or ""
    allowed = right == "signed_in" or may(user, right)
    judge = fault_of_api if route.is_api else fault_of_page
    return judge(route, method, status, right, allowed=allowed)


def fault_for_stranger(route: Route, response: Any) -> str:
    if route.is_api:
        return "" if response.status_code == HTTPStatus.UNAUTHORIZED else "a stranger gets 401"
    sent = response.headers.get("Location", "").startswith("/account/sign-in/")
    return "" if sent or response.status_code == HTTPStatus.METHOD_NOT_ALLOWED else "a stranger signs in first"


def fault_of_page(route: Route, method: str, status: int, right: str, *, allowed: bool) -> str:
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return ""
    if method in ("put", "delete") and allowed:
        return "a page knows GET and POST"
    if not allowed:
        expected = HTTPStatus.NOT_FOUND if right.endswith(".see") else HTTPStatus.FORBIDDEN
        return "" if status == expected else f"without {right} it is {expected}"
    if route.has_ids and status != HTTPStatus.NOT_FOUND:
        return "an unknown id is 404"
    own_judgement = method == "post" and route.name in JUDGES_POST
    return f"{right} allows it" if status in DENIED and not own_judgement else ""


def fault_of_api(route: Route, method: str, status: int, right: str, *, allowed: bool) -> str:
    if not route.knows(method):
        return "" if status in (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) else "405"
    if not allowed:
        return "" if status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND) else f"without {right} it is 403 or 404"
    if route.has_ids and status not in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
        return "an unknown id is 404"
    return f"{right} allows it" if status in DENIED else ""
