"""After every test of billing that uses the database, the books keep all their promises."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client as Browser
from django.utils import timezone

from crm.invariants import find_breaches
from tests.make import Cast


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests of pure rules use no database and are left alone."""
    uses_database = request.node.get_closest_marker("django_db") or "cast" in request.fixturenames
    if uses_database:
        real = getattr(request.node.get_closest_marker("django_db"), "kwargs", {}).get("transaction")
        request.getfixturevalue("transactional_db" if real else "db")
    yield
    if uses_database and not request.node.get_closest_marker("broken_books"):
        assert [str(breach) for breach in find_breaches()] == []


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def finance(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.finance)
    return browser
