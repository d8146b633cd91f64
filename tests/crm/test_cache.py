"""Redis gone: pages open, the API answers."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import Client, override_settings

from tests.make import Cast, make_api

pytestmark = pytest.mark.django_db
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def gone() -> Iterator[None]:
    with override_settings(CACHES={"default": {"BACKEND": "crm.cache.ForgetfulCache", "LOCATION": NOBODY_LISTENS}}):
        yield


def test_what_cannot_be_reached_is_forgotten() -> None:
    cache.set("a", 1)
    assert cache.get("a", "nothing") == "nothing"


def test_a_page_opens_and_counts_its_badges(client: Client, cast: Cast) -> None:
    client.force_login(cast.manager)
    assert client.get("/more/").status_code == 200
    assert client.get("/badges/").status_code == 200


def test_the_api_answers_and_counts_nobody(cast: Cast) -> None:
    assert make_api(cast.manager).get("/api/v1/clients/").status_code == 200
