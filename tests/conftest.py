"""Fixtures that all tests share."""

import os

import pytest
from django.utils import translation
from hypothesis import settings

from crm.templatetags import kept
from tests.chromium import chromium
from tests.make import Cast, make_cast
from tests.session import copy_template, restart_with_parts, take_own_redis_database

__all__ = ["chromium"]

# Playwright keeps an event loop in the thread of the test; Django's ORM refuses to work beside one without this.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        restart_with_parts(config)
    if template := os.environ.get("TEST_TEMPLATE"):
        copy_template(template)
    if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and os.environ.get("REDIS_URL"):
        take_own_redis_database(worker)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Half of the long walks stand first and half in the middle, so that two workers begin with them.

    At the end one worker would do all of them while the other has nothing left.
    """
    walks = [item for item in items if "tests/walks/" in item.path.as_posix()]
    others = [item for item in items if "tests/walks/" not in item.path.as_posix()]
    half = len(others) // 2
    items[:] = [*walks[::2], *others[:half], *walks[1::2], *others[half:]]


# A busy machine is no finding, so no example has a deadline; `--hypothesis-profile=soak` looks longer.
settings.register_profile("test", max_examples=50, deadline=None)
settings.register_profile("soak", max_examples=2000, deadline=None)
settings.load_profile("test")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Parts of pages that an earlier test drew, perhaps with places of its own, and its language are forgotten."""
    kept.draw.cache_clear()
    translation.deactivate()


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
