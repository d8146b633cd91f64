"""After every test of billing that uses the database, the books keep all their promises."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests.books import keep_watch
from tests.make import Cast


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from keep_watch(request, always=True)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def finance(cast: Cast) -> Browser:
    browser = Browser()
    browser.force_login(cast.finance)
    return browser
