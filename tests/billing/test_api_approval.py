"""Approval through the API: what the state forbids is 409 with its code and names what stands in the way."""

from decimal import Decimal

import pytest

from tests.make import Cast, make_api, make_client, make_rate, submitted

pytestmark = pytest.mark.django_db


def test_a_rate_in_another_currency_is_409_and_named(cast: Cast) -> None:
    client = make_client()
    rate = make_rate(client=client, currency="RUB", amount=Decimal("9000.00"))
    entry = submitted(client, cast.consultant)
    answer = make_api(cast.partner).post(f"/api/v1/time-entries/{entry.pk}/approve/")
    assert answer.status_code == 409
    error = answer.json()["errors"][0]
    assert error["code"] == "rate_currency"
    assert "9000.00 RUB" in error["detail"]
    assert f"client:{rate.pk}" in error["detail"]


def test_no_rate_at_all_is_409(cast: Cast) -> None:
    entry = submitted(make_client(), cast.consultant)
    answer = make_api(cast.partner).post(f"/api/v1/time-entries/{entry.pk}/approve/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "rate_missing")
