"""The API describes itself, and the page to read it loads nothing from elsewhere."""

import re
from unittest.mock import patch

import pytest
from django.test import Client as Browser
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from crm.api.docs import Description


@pytest.mark.django_db
@pytest.mark.urls("tests.crm.resources")
def test_the_description_is_valid_openapi_3_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Description, "written", {})
    response = APIClient().get("/api/v1/schema/?format=json")
    assert response.status_code == 200
    schema = response.json()
    assert schema["openapi"] == "3.1.0"
    assert schema["components"]["securitySchemes"]["token"]["name"] == "Authorization"
    validate_schema(schema)  # type: ignore[no-untyped-call]


@pytest.mark.django_db
@pytest.mark.urls("tests.crm.resources")
def test_the_description_is_written_once_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Description, "written", {})
    api, url = APIClient(), "/api/v1/schema/?format=json"
    first = api.get(url)
    with patch.object(SchemaGenerator, "get_schema", side_effect=AssertionError("written twice")):
        again = api.get(url)
        assert again.content == first.content
        assert api.get(url, headers={"If-None-Match": again["ETag"]}).status_code == 304
        with pytest.raises(AssertionError, match="written twice"):
            api.get(f"{url}&lang=ru")
    assert api.get("/api/v1/schema/?lang=nothing").content != first.content  # YAML, and no language of ours


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
