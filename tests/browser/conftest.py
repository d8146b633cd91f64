"""The real pages in a real Chromium: pages at three sizes and themes, sign-in, axe, and no silent script error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import pytest
from celery.contrib.testing.worker import start_worker
from django.conf import settings as configured
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from crm.celery import app
from crm.models import User
from tests.books import keep_watch
from tests.browser.faults import FaultWatch

DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from keep_watch(request, always=False)


@pytest.fixture
def live(live_server: LiveServer) -> str:
    """The address of the served product, its database as the test has filled it."""
    return str(live_server.url)


@pytest.fixture
def worker(live: str) -> Iterator[None]:
    """A Celery worker on the test's database and broker, for pages that wait until a job has run."""
    app.control.purge()
    with start_worker(cast("Any", app), perform_ping_check=False, shutdown_timeout=20):
        yield


@pytest.fixture
def mails(settings: Settings, tmp_path: Path) -> Path:
    """The folder that mails are written into, as in the demo."""
    backend = "django.core.mail.backends.filebased.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"file_path": str(tmp_path)}}}
    return tmp_path


@pytest.fixture
def page(chromium: Browser, live: str) -> Iterator[Page]:
    """A desktop page; relative addresses lead to the product."""
    with opened(chromium, live, **DESK) as page:
        yield page


@pytest.fixture
def phone(chromium: Browser, live: str) -> Iterator[Page]:
    with opened(chromium, live, **PHONE) as page:
        yield page


@pytest.fixture
def dark(chromium: Browser, live: str) -> Iterator[Page]:
    """A desktop page of somebody whose system asks for dark colours."""
    with opened(chromium, live, **DESK, color_scheme="dark") as page:
        yield page


@contextmanager
def opened(chromium: Browser, live: str, **options: Any) -> Iterator[Page]:
    """A page in a context of its own, which fails the test at its end for every fault that the page showed."""
    context = chromium.new_context(base_url=live, locale="en-GB", reduced_motion="reduce", **options)
    context.set_default_timeout(30_000)  # a busy machine is no finding
    try:
        page = context.new_page()
        watch = FaultWatch(page)
        yield page
        watch.require_none()
    finally:
        settle(context)
        context.close()


def settle(context: BrowserContext) -> None:
    """Waits until the server owes no page anything, because it would answer out of a database that is being emptied."""
    for page in context.pages:
        with suppress(PlaywrightError):
            page.wait_for_load_state("networkidle", timeout=5_000)


@pytest.fixture
def sign_in(live: str) -> Callable[[Page, User], None]:
    """Signs a person in without the form, by a session cookie: sign_in(page, user)."""

    def with_cookie(page: Page, user: User) -> None:
        set_session(page.context, live, user)

    return with_cookie


def set_session(context: BrowserContext, live: str, user: User) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = configured.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live}])
