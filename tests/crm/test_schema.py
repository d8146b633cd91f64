"""The API describes itself, and the page to read it loads nothing from elsewhere."""

import re

import pytest
from django.test import Client as Browser
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient


@pytest.mark.django_db
@pytest.mark.urls("tests.crm.resources")
def test_the_description_is_valid_openapi_3_1() -> None:
    response = APIClient().get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    schema = response.json()
    assert schema["openapi"] == "3.1.0"
    assert schema["components"]["securitySchemes"]["token"]["name"] == "Authorization"
    validate_schema(schema)  # type: ignore[no-untyped-call]


@pytest.mark.django_db
def test_the_docs_page_has_no_foreign_or_inline_script() -> None:
    response = Browser().get("/api/v1/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert sources
    assert all(source.startswith("/") for source in sources)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son\w+=|\sstyle=", text)
