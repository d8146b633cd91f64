"""Fixtures that all tests share."""

import pytest
from hypothesis import settings

from tests.make import Cast, make_cast

# A busy machine is no finding, so no example has a deadline; `--hypothesis-profile=soak` looks longer.
settings.register_profile("test", max_examples=50, deadline=None)
settings.register_profile("soak", max_examples=2000, deadline=None)
settings.load_profile("test")


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()
