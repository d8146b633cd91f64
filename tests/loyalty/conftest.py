"""After a test of loyalty that issues documents, the books keep all their promises."""

from collections.abc import Iterator

import pytest

from tests.books import keep_watch


@pytest.fixture(autouse=True)
def books_hold(request: pytest.FixtureRequest) -> Iterator[None]:
    yield from keep_watch(request, always=False)
