"""The values of a list, row by row and without ever holding the whole list."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import models

from crm.exports.columns import Table

CHUNK = 2000

type Rows = models.QuerySet[Any] | Sequence[Any]


def values_of(rows: Rows, table: Table) -> Iterator[tuple[Any, ...]]:
    """One tuple for each row. A computed column that touches a relation nobody fetched raises instead of asking."""
    if not isinstance(rows, models.QuerySet):
        yield from _read_all(rows, table)
        return
    if table.is_sql:
        cells = {f"cell_{number}": column.expression for number, column in enumerate(table.columns)}
        yield from rows.annotate(**cells).values_list(*cells).iterator(chunk_size=CHUNK)
        return
    yield from _read_all(rows.fetch_mode(models.FETCH_RAISE).iterator(chunk_size=CHUNK), table)


def _read_all(rows: Iterable[Any], table: Table) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(
            column.value(row) if column.value else _read(row, column.source or column.name) for column in table.columns
        )


def _read(row: Any, path: Any) -> Any:
    """The value at an ORM path such as `client__name`, of an object in memory."""
    found = row
    for name in str(path).split("__"):
        found = getattr(found, name) if found is not None else None
    return found
