"""Every page that a person comes to by following links from their places, each kind of page a few times."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

from django.apps import apps
from django.db.models import Model
from django.test import Client as Browser
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from crm.access import may
from crm.models import User
from tests.crm.test_access import ROUTES, Route
from tests.walks.reader import Reader

APART = {"accounts:sign_out", "api:schema", "api:docs", "badges"}
"""What is left alone: signing out, the API's description with a page that is not ours, and what follows a page."""

EACH, TRIED = 2, 8
"""How many addresses of a kind are opened, and how many rows are tried for a kind that no link led to."""


@dataclass(frozen=True)
class Visit:
    """One answer; `read` is what its HTML says, `page` the same where it is a whole page and no fragment."""

    path: str
    name: str
    status: int
    page: Reader | None
    read: Reader | None

    @property
    def links(self) -> list[str]:
        return self.read.links if self.read else []


@dataclass
class Crawl:
    """Walks as one person, breadth first; `faults` are links that lead to nothing the person may open."""

    user: User
    browser: Browser = field(default_factory=lambda: Browser(raise_request_exception=False))
    visits: list[Visit] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    opened: Counter[str] = field(default_factory=Counter)

    def walk(self) -> "Crawl":
        self.browser.force_login(self.user)
        self._follow([route.path for route in self._routes() if not route.has_ids and "nothing" not in route.path])
        for route in self._routes():
            if route.has_ids and not any(visit.name == route.name for visit in self.visits):
                self._try_rows(route)
        return self

    def _follow(self, starts: list[str]) -> None:
        seen, waiting = set(starts), deque((path, "") for path in starts)
        while waiting:
            path, came_from = waiting.popleft()
            name = self._name_of(path, came_from)
            if not name or not self._is_wanted(path, name):
                continue
            visit = self._visit(path, name, came_from)
            fresh = {there: path for link in visit.links if (there := inside(link, path)) not in seen}
            seen |= fresh.keys()
            waiting.extend(fresh.items())

    def _routes(self) -> Iterator[Route]:
        """Pages that the person's rights open."""
        for route in ROUTES.values():
            if not (route.is_api or route.is_public or route.name in APART):
                right = route.right("get") or ""
                if right == "signed_in" or may(self.user, right):
                    yield route

    def _is_wanted(self, path: str, name: str) -> bool:
        """A few of each kind; one of each set of questions, and not too many of those."""
        asked = parse_qs(urlsplit(path).query, keep_blank_values=True)
        kind = f"{name}?{'&'.join(asked)}"
        limit = (1 if self.opened[f"{name}?*"] < EACH else 0) if asked else EACH
        if name in APART or self.opened[kind] >= limit:
            return False
        self.opened.update([kind, f"{name}?*"] if asked else [kind])
        return True

    def _name_of(self, path: str, came_from: str) -> str:
        try:
            return resolve(urlsplit(path).path).view_name if path else ""
        except Resolver404:
            self.faults.append(f"{came_from} links to {path}, which is nowhere")
            return ""

    def _visit(self, path: str, name: str, came_from: str) -> Visit:
        answer: Any = self.browser.get(path)
        is_html = answer.status_code == 200 and "text/html" in answer["Content-Type"] and not answer.streaming
        page = Reader(answer.content.decode()) if is_html else None
        if answer.status_code >= 500 or (came_from and answer.status_code in (400, 403, 404)):
            self.faults.append(f"{came_from} links to {path} ({name}), which answers {answer.status_code}")
        whole = page if page and b"<title>" in answer.content else None
        visit = Visit(path, name, answer.status_code, whole, page)
        self.visits.append(visit)
        return visit

    def _try_rows(self, route: Route) -> None:
        """Looks for a row behind an address that only a state of it, or no link at all, leads to."""
        for path in addresses(route):
            visit = self._visit(path, route.name, "")
            if visit.status not in (403, 404):
                return
            self.visits.remove(visit)


def inside(link: str, base: str) -> str:
    """The address that a link means, empty when it leads out of the product's pages."""
    parts = urlsplit(urldefrag(urljoin(f"http://here{base}", link)).url)
    if parts.scheme != "http" or parts.netloc != "here" or parts.path.startswith("/static/"):
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def addresses(route: Route) -> list[str]:
    """Addresses of the newest rows of the noun that the route's name begins with."""
    space, _colon, name = route.name.rpartition(":")
    for model in models_of(space, name):
        try:
            return [reverse(route.name, args=[pk]) for pk in _newest(model)]
        except NoReverseMatch:
            return []
    return []


ALIASES = {"package": "hourpackage", "question": "questionlist", "client": "client", "account": "bankaccount"}
ALIASES |= {"import": "importbatch", "time": "timeentry", "person": "user", "token": "apitoken", "view": "savedview"}


def models_of(space: str, name: str) -> Iterator[type[Model]]:
    words = name.split("_")
    nouns = ["".join(words[:length]) for length in range(len(words), 0, -1)]
    known = {model.__name__.lower(): model for model in apps.get_models() if model.__module__.split(".")[0] != "django"}
    yield from (known[noun] for each in nouns for noun in [ALIASES.get(each, each)] if noun in known)


def _newest(model: type[Model]) -> list[int]:
    return list(model._default_manager.order_by("-pk").values_list("pk", flat=True)[:TRIED])
