"""Fixtures that all tests share."""

import pytest

from tests.make import Cast, make_cast


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
