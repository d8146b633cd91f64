"""Limits of the API: by the minute and by the hour, each caller alone."""

import pytest
from django.core.cache import cache

from crm.api.throttling import Limits, Window
from tests.make import Cast, make_api

HOUR = 3600.0 * 500_000


def test_more_requests_than_a_minute_allows_answer_429_and_say_when(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Limits, "windows", lambda _self: [Window(2, 60), Window(100, 3600)])
    monkeypatch.setattr("crm.api.throttling.time.time", lambda: HOUR + 45)
    api = make_api(cast.partner)
    cache.clear()
    assert [api.get("/api/v1/clients/").status_code for _ in range(3)] == [200, 200, 429]
    assert api.get("/api/v1/clients/")["Retry-After"] == "15"
    assert make_api(cast.finance).get("/api/v1/clients/").status_code == 200
    monkeypatch.setattr("crm.api.throttling.time.time", lambda: HOUR + 60)
    assert api.get("/api/v1/clients/").status_code == 200


def test_the_hour_is_counted_across_its_minutes(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Limits, "windows", lambda _self: [Window(2, 60), Window(3, 3600)])
    api = make_api(cast.partner)
    cache.clear()
    answers = []
    for minute in range(4):
        monkeypatch.setattr("crm.api.throttling.time.time", lambda at=minute: HOUR + 60 * at)
        answers.append(api.get("/api/v1/clients/").status_code)
    assert answers == [200, 200, 200, 429]


def test_rates_are_written_as_django_rest_framework_writes_them() -> None:
    assert Window.of("1200/min") == Window(1200, 60)
    assert Window.of("30000/hour") == Window(30_000, 3600)
