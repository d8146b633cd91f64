"""A small demo firm for each module, so that every address has something real behind it."""

import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from crm.api.throttling import Anonymous, Limits
from crm.demo import scale
from crm.demo.figures import reckon_figures
from crm.demo.seed import seed

TINY = scale.Scale(clients=8, entries=300, people=8, months=6)


@pytest.fixture(scope="module")
def firm(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo in small, in one transaction that is taken back when the module is done."""
    now = timezone.localtime()
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setitem(scale.SCALES, "tiny", TINY)
        patch.setattr(settings, "DEBUG", False)
        seed(scale="tiny", number=1, at=now)
        reckon_figures(at=now)
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def quiet(firm: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody counts the requests of these tests, and their refusals are not logged."""
    for throttle in (Anonymous, Limits):
        monkeypatch.setattr(throttle, "allow_request", lambda *_args: True)
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
