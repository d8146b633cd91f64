"""After a test that touches money, the books keep all their promises."""

from collections.abc import Iterator

import pytest

from billing.models import Invoice
from crm.invariants import find_breaches


def keep_watch(request: pytest.FixtureRequest, *, always: bool) -> Iterator[None]:
    """Looks at the books once the test is done, before its database goes; unless `always`, only if it issued anything.

    Tests of pure rules use no database and are left alone.
    """
    marker = request.node.get_closest_marker("django_db")
    uses_database = marker or {"cast", "live", "live_server"} & set(request.fixturenames)
    if uses_database:
        real = getattr(marker, "kwargs", {}).get("transaction") or "live_server" in request.fixturenames
        request.getfixturevalue("transactional_db" if real else "db")
    yield
    if not uses_database or request.node.get_closest_marker("broken_books"):
        return
    if always or Invoice.objects.filter(status=Invoice.Status.ISSUED).exists():
        assert [str(breach) for breach in find_breaches()] == []
