"""Many rows in one statement, where `bulk_update` would write a CASE for every row and column."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models


def update_rows[M: models.Model](rows: Sequence[M], fields: Sequence[str]) -> int:
    """Writes the named fields of rows of one model in one UPDATE … FROM (VALUES …); says how many it changed.

    Triggers run for each row; `save()` does not. Rows that are gone are not written.
    """
    if not rows:
        return 0
    columns: list[Any] = [rows[0]._meta.get_field(name) for name in fields]
    with connection.cursor() as cursor:
        cursor.execute(_statement(rows[0], columns, len(rows)), [v for row in rows for v in _values(row, columns)])
        return int(cursor.rowcount)


def _statement(row: models.Model, columns: Sequence[Any], count: int) -> str:
    quote = connection.ops.quote_name
    table, key = quote(row._meta.db_table), quote(str(row._meta.pk.column))
    names = [quote(column.column) for column in columns]
    sets = ", ".join(
        f"{name} = v.{name}::{column.db_type(connection)}" for name, column in zip(names, columns, strict=True)
    )
    one = f"({', '.join(['%s'] * (len(columns) + 1))})"
    rows = ", ".join([one] * count)
    return (
        f"UPDATE {table} SET {sets} FROM (VALUES {rows}) AS v({', '.join([key, *names])}) WHERE {table}.{key} = v.{key}"  # noqa: S608
    )


def _values(row: models.Model, columns: Sequence[Any]) -> list[Any]:
    return [row.pk, *(column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns)]
