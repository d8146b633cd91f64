"""The same key gives the same answer, whatever happens in between."""

import json
from datetime import timedelta
from threading import Barrier, Event, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone

from clients.models import Client
from crm.models import IdempotencyKey
from tests.crm import resources
from tests.make import Cast, make_api, make_cast, make_client

pytestmark = pytest.mark.urls("tests.crm.resources")
URL = "/api/clients/"


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_same_key_and_body_give_the_same_answer_once(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        first = api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        again = api.generic(
            "POST", URL, '{  "name":"Alfa" }', content_type="application/json", HTTP_IDEMPOTENCY_KEY="k1"
        )
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert Client.objects.filter(name="Alfa").count() == 1

    def test_another_body_is_409(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        response = api.post(URL, {"name": "Beta"}, HTTP_IDEMPOTENCY_KEY="k1")
        assert response.status_code == 409
        assert response.json()["errors"][0]["code"] == "idempotency_mismatch"

    def test_keys_are_per_user_and_path(self, cast: Cast) -> None:
        mine = make_client(account_manager=cast.manager)
        api = make_api(cast.manager)
        assert api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
        assert make_api(cast.partner).post(URL, {"name": "B"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201
        assert api.post(f"{URL}{mine.pk}/rename/", {"code": "C"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 200

    def test_a_refusal_is_an_answer_too(self, cast: Cast) -> None:
        api, url = make_api(cast.partner), f"{URL}{make_client().pk}/refuse/"
        for _attempt in range(2):
            response = api.post(url, {"code": "period_locked"}, HTTP_IDEMPOTENCY_KEY="k1")
            assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "period_locked")

    def test_after_a_day_the_key_is_free(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(hours=24))
        assert api.post(URL, {"name": "Beta"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201

    def test_the_first_one_still_running_is_409_until_it_must_be_dead(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        IdempotencyKey.objects.update(answered_at=None)
        response = api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "idempotency_running")
        IdempotencyKey.objects.update(started_at=timezone.now() - timedelta(minutes=6))
        assert api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201

    def test_a_broken_server_gives_the_key_back(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        with patch.object(resources.Clients, "perform_create", side_effect=KeyError("a bug")):
            api.raise_request_exception = False
            assert api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 500
        assert api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code == 201

    @pytest.mark.parametrize("key", ["x" * 201])
    def test_a_key_has_a_limit(self, cast: Cast, key: str) -> None:
        response = make_api(cast.partner).post(URL, {"name": "A"}, HTTP_IDEMPOTENCY_KEY=key)
        assert response.status_code == 400

    def test_without_a_key_each_post_counts(self, cast: Cast) -> None:
        api = make_api(cast.partner)
        for _number in range(2):
            api.post(URL, {"name": "Alfa"})
        assert Client.objects.filter(name="Alfa").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_acts_and_the_rest_wait_or_repeat() -> None:
    cast, barrier = make_cast(), Barrier(10)
    apis = [make_api(cast.partner) for _number in range(10)]
    answers: list[int] = []

    def post(api: Any) -> None:
        barrier.wait()
        answers.append(api.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code)
        connection.close()

    run(*[Thread(target=post, args=(api,)) for api in apis])
    assert set(answers) <= {201, 409}
    assert 201 in answers
    assert Client.objects.filter(name="Alfa").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_second_request_while_the_first_runs_is_told_so() -> None:
    cast = make_cast()
    slow, quick = make_api(cast.partner), make_api(cast.partner)
    inside, go = Event(), Event()
    original = resources.Clients.perform_create
    answers: list[int] = []

    def wait(view: Any, serializer: Any) -> None:
        inside.set()
        assert go.wait(10)
        original(view, serializer)

    def post() -> None:
        answers.append(slow.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1").status_code)
        connection.close()

    with patch.object(resources.Clients, "perform_create", wait):
        thread = Thread(target=post)
        thread.start()
        assert inside.wait(10)
        response = quick.post(URL, {"name": "Alfa"}, HTTP_IDEMPOTENCY_KEY="k1")
        go.set()
        thread.join(10)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "idempotency_running")
    assert answers == [201]


def run(*threads: Thread) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


@pytest.mark.django_db
@pytest.mark.parametrize("strange", ["\0", "a\0b"])
def test_a_refusal_that_quotes_what_no_text_holds_is_kept_as_well(cast: Cast, strange: str) -> None:
    api, body = make_api(cast.partner), json.dumps({"name": "Alfa", "status": strange})
    for replayed in (None, "true"):
        answer = api.generic("POST", URL, body, content_type="application/json", HTTP_IDEMPOTENCY_KEY="k1")
        assert (answer.status_code, answer.headers.get("Idempotent-Replayed")) == (400, replayed)
        assert answer.json()["errors"][0]["attr"] == "status"
