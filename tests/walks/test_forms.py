"""Junk in every form of every page: never a fault, what was typed stays in a refused form, a refusal writes nothing."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import unescape
from itertools import batched
from typing import Any
from urllib.parse import quote_from_bytes, urljoin, urlsplit

import pytest
from django.db import transaction
from django.urls import Resolver404, resolve

from crm.invariants import find_breaches
from crm.models import User
from tests.walks.crawl import Crawl
from tests.walks.reader import Form
from tests.walks.traces import Watch
from tests.walks.values import LONG, TYPED

pytestmark = pytest.mark.django_db

AT_ONCE = 4
"""Fields that are wrong together: each is judged by itself."""

BOUNDARY = "junk"
ANSWERS = {200, 204, 302, 400, 403, 404, 409, 413, 422, 429}
ENDS_THE_SESSION = {"accounts:sign_out", "accounts:password_change"}
WHO = ["partner", "consultant", pytest.param("manager", marks=pytest.mark.soak)]

type Typed = Mapping[str, list[str]]


@dataclass(frozen=True)
class Posted:
    """One form of the product, found on some page."""

    path: str
    name: str
    form: Form

    def plausible(self) -> dict[str, list[str]]:
        return {name: field.plausible for name, field in self.form.fields.items()}


class Poster:
    """Sends forms as one person; each is taken back afterwards, so every one meets the same firm."""

    def __init__(self, role: str) -> None:
        self.walked = walked(role)
        self.browser = self.walked.browser
        self.watch = Watch()

    def forms(self) -> list[Posted]:
        """One of each address and set of fields."""
        found: dict[tuple[str, ...], Posted] = {}
        for visit in self.walked.visits:
            for form in visit.read.forms if visit.read else ():
                path = urlsplit(urljoin(f"http://here{visit.path}", form.action)).path
                if (name := name_of(path)) not in ENDS_THE_SESSION:
                    found.setdefault((name, *sorted(form.fields)), Posted(path, name, form))
        return list(found.values())

    def post(self, posted: Posted, typed: Typed, *, deep: bool) -> str:
        """What is wrong with the answer; nothing is said of one that is as it should be."""
        with transaction.atomic(), self.watch.watching():
            answer = self._send(posted, typed)
            wrong = fault_of(answer) or lost_in(answer, typed)
            if not wrong and answer.status_code >= 400 and self.watch.has_traces():
                wrong = f"a refusal ({answer.status_code}) has written something"
            if not wrong and answer.status_code < 400 and deep and self.watch.has_traces():
                wrong = "; ".join(map(str, find_breaches()))
            transaction.set_rollback(True)
        return wrong

    def _send(self, posted: Posted, typed: Typed) -> Any:
        body = multipart(typed) if posted.form.is_multipart else urlencoded(typed)
        kind = f"multipart/form-data; boundary={BOUNDARY}" if posted.form.is_multipart else URLENCODED
        return self.browser.generic("POST", posted.path, body, content_type=kind)


URLENCODED = "application/x-www-form-urlencoded"


@cache
def walked(role: str) -> Crawl:
    return Crawl(User.objects.get(username=role)).walk()


def name_of(path: str) -> str:
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def urlencoded(typed: Typed) -> bytes:
    pairs = [(name, value) for name, values in typed.items() for value in values]
    return "&".join(f"{quote_from_bytes(raw(name))}={quote_from_bytes(raw(value))}" for name, value in pairs).encode()


def multipart(typed: Typed) -> bytes:
    """Every field as text, also where a file is expected."""
    head = '--{0}\r\nContent-Disposition: form-data; name="{1}"\r\n\r\n'
    parts = [
        raw(head.format(BOUNDARY, name)) + raw(value) + b"\r\n" for name, values in typed.items() for value in values
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def fault_of(answer: Any) -> str:
    if answer.status_code >= 500:
        return f"{answer.exc_info[1]!r}" if getattr(answer, "exc_info", None) else "a fault of the server"
    return "" if answer.status_code in ANSWERS else f"an answer of {answer.status_code}"


def lost_in(answer: Any, typed: Typed) -> str:
    """A refused form shows again what was typed, as far as a page can hold it."""
    if answer.status_code != 422 or not KEPT & typed.keys():
        return ""
    text = unescape(answer.content.decode())
    lost = [name for name in KEPT & typed.keys() if (value := typed[name][-1]).isprintable() and value not in text]
    return f"what was typed is lost: {lost}" if lost else ""


KEPT = {"name", "text", "reason", "summary", "title", "note", "description", "first_name", "last_name"}


def junk_of(posted: Posted, *, turn: int, deep: bool) -> Iterator[Typed]:
    """Bodies with junk: a few fields at once, every field at once, none at all, one that is too long."""
    sound, names = posted.plausible(), sorted(posted.form.fields)
    if deep:
        yield from ({**sound, name: [value]} for name in names for value in TYPED)
    for step, few in enumerate(batched(names, AT_ONCE, strict=False)):
        yield {**sound, **{name: [TYPED[(turn + step + 7 * place) % len(TYPED)]] for place, name in enumerate(few)}}
    yield {name: [TYPED[(turn + 11 * place) % len(TYPED)]] for place, name in enumerate(names)}
    yield {}
    if turn % 10 == 0 or deep:
        yield from ({**sound, name: [LONG]} for name in names[: 99 if deep else 1])


def faults(role: str, *, deep: bool) -> Iterator[str]:
    poster = Poster(role)
    for turn, posted in enumerate(poster.forms()):
        for typed in junk_of(posted, turn=5 * turn, deep=deep):
            if wrong := poster.post(posted, typed, deep=deep):
                yield f"{posted.name} {posted.path} {short(typed)}: {wrong}"


def short(typed: Typed) -> str:
    return str({name: [value[:60] for value in values] for name, values in typed.items()})


@pytest.fixture(autouse=True)
def _forgotten(firm: None) -> Iterator[None]:
    yield
    walked.cache_clear()


@pytest.mark.parametrize("role", WHO)
def test_every_form_takes_junk_or_refuses_it_in_words_and_keeps_what_was_typed(role: str) -> None:
    assert list(faults(role, deep=False)) == []


@pytest.mark.soak
@pytest.mark.parametrize("role", ["partner", "consultant"])
def test_every_value_alone_in_every_field_of_every_form_breaks_nothing(role: str) -> None:
    assert list(faults(role, deep=True)) == []
