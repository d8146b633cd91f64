"""Whether anything was written: every row carries the number of the transaction part that wrote it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from crm.models import ApiToken, IdempotencyKey

APART = {"django_session", "axes_accessattempt", ApiToken._meta.db_table, IdempotencyKey._meta.db_table}
"""Tables that note who came and asked, which a refusal may do."""


def state_of_tables() -> list[tuple[str, int, int]]:
    """For each table its number of rows and the newest transaction part that wrote one of them.

    A request that writes runs in a savepoint, which has a number of its own: one changed row changes the answer.
    """
    tables = [name for name in connection.introspection.table_names() if name not in APART]
    asked = " UNION ALL ".join(
        f"SELECT '{name}', count(*), coalesce(max(xmin::text::bigint), 0) FROM \"{name}\"" for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return sorted(cursor.fetchall())


class Watch:
    """Compares the tables with what they were, and only when something was said to the database that could write."""

    def __init__(self) -> None:
        self.before = state_of_tables()
        self.wrote = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        self.wrote = False
        with connection.execute_wrapper(self._note):
            yield

    def has_traces(self) -> bool:
        return self.wrote and state_of_tables() != self.before

    def _note(self, execute: Any, sql: Any, *rest: Any) -> Any:
        self.wrote = self.wrote or not str(sql).startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, *rest)
