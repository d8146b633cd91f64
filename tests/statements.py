"""Counting what a request asks of the database, as performance is judged: without BEGIN, COMMIT and SAVEPOINT."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext

FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that ran inside, once it is left."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as asked:
        yield found
    found += [query["sql"] for query in asked if not query["sql"].startswith(FRAME)]
