"""crm.db.days: a day at the end of the calendar is refused by every column, form and API field, never a fault."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from rest_framework import serializers

from clients.models import Absence
from tests.make import Cast, browser_of, make_api, make_client

OUTSIDE = ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"]


@pytest.mark.parametrize("text", OUTSIDE)
@pytest.mark.parametrize("field", [forms.DateField(), forms.DateTimeField()])
def test_a_form_refuses_it(field: forms.Field, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.clean(text)
    assert refused.value.error_list[0].code == "invalid"


@pytest.mark.parametrize("text", OUTSIDE)
@pytest.mark.parametrize("field", [serializers.DateField(), serializers.DateTimeField(default_timezone=UTC)])
def test_a_serializer_refuses_it(field: "serializers.Field[Any, Any, Any, Any]", text: str) -> None:
    with pytest.raises(serializers.ValidationError):
        field.run_validation(text if isinstance(field, serializers.DateField) else f"{text}T12:00:00Z")


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2999, 12, 31), datetime(2026, 2, 28, tzinfo=UTC)])
def test_days_within_are_taken(day: date) -> None:
    for validator in Absence._meta.get_field("from_on").validators:
        validator(day)


@pytest.mark.django_db
def test_the_api_names_the_field(cast: Cast) -> None:
    api, client = make_api(cast.partner), make_client(account_manager=cast.partner)
    body = {"client": client.pk, "kind": "call", "occurred_at": "0001-01-01", "summary": "x"}
    answer = api.post("/api/v1/interactions/", body)
    assert answer.status_code == 400
    assert "occurred_at" in {error["attr"] for error in answer.json()["errors"]}
    for day in OUTSIDE:
        assert api.get("/api/v1/reports/concentration/", {"to": day}).status_code == 400
        assert api.get("/api/v1/reports/concentration/", {"from": day}).status_code == 400


@pytest.mark.django_db
def test_a_page_answers_a_question_about_it(cast: Cast) -> None:
    browser = browser_of(cast.partner)
    for path in ("/portfolio/", "/reports/utilization/", "/reports/serving/", "/finance/"):
        for name in ("on", "to", "first", "from"):
            for day in OUTSIDE:
                assert browser.get(path, {name: day}).status_code < 500
