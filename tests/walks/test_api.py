"""Junk in every field of every body and in every query parameter: never a fault, always the contract's shape."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched
from typing import Any

import pytest
from django.db import transaction

from crm.models import User
from tests.make import make_api
from tests.walks.description import Description, Examples, Operation
from tests.walks.traces import Watch
from tests.walks.values import BODIES, QUERY_TEXTS, STRANGE

pytestmark = pytest.mark.django_db

AT_ONCE = 4
"""Fields that are wrong together: each is judged by itself, so four cost one request."""

WHO = [
    ("partner", False),
    ("consultant", False),
    pytest.param("partner", True, marks=pytest.mark.soak),
    pytest.param("consultant", True, marks=pytest.mark.soak),
]
"""Who sends junk, and whether every value goes alone into every place."""

ASKED = ("page_size", "cursor", "page", "ordering", "search", "updated_after", "format")
TYPES = {"validation_error", "client_error"}


class Asker:
    """Sends junk as one person; each request is taken back afterwards, so every one meets the same firm."""

    def __init__(self, username: str) -> None:
        self.api = make_api(User.objects.get(username=username))
        self.api.raise_request_exception = False
        self.description = Description()
        self.examples = Examples(self.description, self.api)
        self.api.get("/api/v1/clients/")
        self.watch = Watch()

    def ask(self, method: str, path: str, body: Any, kind: str = "application/json") -> tuple[Any, str]:
        """The answer, and what is wrong with it."""
        with transaction.atomic(), self.watch.watching():
            answer = self.api.generic(method, path, body, content_type=kind)
            wrong = fault_of(answer)
            if not wrong and answer.status_code >= 400 and self.watch.has_traces():
                wrong = "a refusal has written something"
            transaction.set_rollback(True)
        return answer, wrong

    def writing(self) -> list[Operation]:
        return [each for each in self.description.operations() if each.method in ("post", "patch")]


def fault_of(answer: Any) -> str:
    if answer.status_code >= 500:
        return f"{answer.exc_info[1]!r}" if getattr(answer, "exc_info", None) else "a fault of the server"
    if answer.status_code < 400:
        return ""
    try:
        told = answer.json()
    except ValueError:
        return "a refusal that is no JSON"
    shaped = told.keys() == {"type", "errors"} and told["type"] in TYPES and told["errors"]
    if not shaped or any(error.keys() != {"code", "detail", "attr"} for error in told["errors"]):
        return f"not the contract's shape: {told}"
    return ""


def short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else f"{text[:100]}… ({len(text)})"


def places(names: Iterable[str], values: Sequence[Any], *, turn: int, deep: bool) -> Iterator[dict[str, Any]]:
    """Values by name: a few names at once with one value each, or each value alone in each name."""
    if deep:
        yield from ({name: value} for name in names for value in values)
        return
    for step, few in enumerate(batched(names, AT_ONCE, strict=False)):
        yield {name: values[(turn + step + 7 * number) % len(values)] for number, name in enumerate(few)}


def faults_of_fields(asker: Asker, *, deep: bool) -> Iterator[str]:
    """What strange values in some fields of an otherwise plausible body bring to light."""
    for turn, operation in enumerate(asker.writing()):
        path, body = asker.examples.address(operation), asker.examples.body(operation)
        for strange in places(operation.fields, STRANGE, turn=5 * turn, deep=deep):
            if wrong := asker.ask(operation.method, path, json.dumps({**body, **strange}).encode())[1]:
                yield f"{operation.name} {short(strange)}: {wrong}"


def faults_of_bodies(asker: Asker, *, deep: bool) -> Iterator[str]:
    """What is no object of JSON at all."""
    for turn, operation in enumerate(asker.writing()):
        path = asker.examples.address(operation)
        for body, kind in BODIES if deep else [BODIES[turn % len(BODIES)]]:
            if wrong := asker.ask(operation.method, path, body, kind)[1]:
                yield f"{operation.name} {short(body)} {kind}: {wrong}"


def faults_of_questions(asker: Asker, *, deep: bool) -> Iterator[str]:
    """What is wrong behind the question mark."""
    for turn, operation in enumerate(each for each in asker.description.operations() if each.method == "get"):
        path = asker.examples.address(operation)
        for asked in places(sorted({*operation.asks, *ASKED}), QUERY_TEXTS, turn=5 * turn, deep=deep):
            question = "&".join(f"{name}={text}" for name, text in asked.items())
            if wrong := asker.ask("get", f"{path}?{question}", b"")[1]:
                yield f"{operation.name} ?{question[:200]}: {wrong}"


@pytest.mark.parametrize(("role", "deep"), WHO)
def test_strange_values_are_taken_or_refused_in_words_and_a_refusal_leaves_no_trace(role: str, deep: bool) -> None:
    assert list(faults_of_fields(Asker(role), deep=deep)) == []


@pytest.mark.parametrize(("role", "deep"), WHO)
def test_a_body_that_is_no_object_is_answered_in_words(role: str, deep: bool) -> None:
    assert list(faults_of_bodies(Asker(role), deep=deep)) == []


@pytest.mark.parametrize(("role", "deep"), WHO)
def test_a_wild_question_gets_an_answer(role: str, deep: bool) -> None:
    assert list(faults_of_questions(Asker(role), deep=deep)) == []
