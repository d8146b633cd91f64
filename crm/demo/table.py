"""Rows for one table, written by COPY: a million of them in a minute, with ids known before they are written."""

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import StringIO
from typing import Any

from django.db import connection, models
from django.db.models import Max

NULL = r"\N"
CHUNK = 50_000


@contextmanager
def triggers_off(names: Iterable[str]) -> Iterator[None]:
    """Leaves these tables without their own triggers inside the transaction; foreign keys are still checked."""
    listed = list(names)
    _alter(listed, "DISABLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _alter(listed, "ENABLE")


def _alter(names: list[str], verb: str) -> None:
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"ALTER TABLE {name} {verb} TRIGGER USER")


class Table[M: models.Model]:
    """Collects rows of a model and writes them in chunks.

    Under `triggers_off`, what a trigger would have kept (a balance, the audit trail) is the caller's to provide.
    """

    def __init__(self, model: type[M], *, at: datetime) -> None:
        self.model = model
        self.fields = [field for field in model._meta.concrete_fields if not field.generated]
        self.keys = [field.attname for field in self.fields]
        self.defaults = {field.attname: self._default(field, at) for field in self.fields}
        self.rows: list[list[Any]] = []
        pk = model._meta.pk
        self.counts = pk.get_internal_type() in ("BigAutoField", "AutoField")
        self.next_id = (model._default_manager.aggregate(top=Max("pk"))["top"] or 0) + 1 if self.counts else 0
        self.first_id = self.next_id

    def add(self, **values: Any) -> int:
        """Takes a row by attribute names (`client_id`, not `client`); returns its id."""
        row = {**self.defaults, **values}
        if self.counts:
            row["id"] = self.next_id
            self.next_id += 1
        self.rows.append([row[key] for key in self.keys])
        return int(row.get("id") or 0)

    def change(self, pk: int, **values: Any) -> None:
        """Alters a collected row before it is written."""
        row = self._row(pk)
        for key, value in values.items():
            row[self.keys.index(key)] = value

    def value(self, pk: int, key: str) -> Any:
        return self._row(pk)[self.keys.index(key)]

    def _row(self, pk: int) -> list[Any]:
        """Ids run without a gap from the first collected row."""
        return self.rows[pk - self.first_id]

    def flush(self) -> int:
        """Writes everything that was collected and moves the id sequence behind it. Returns the number of rows."""
        written = len(self.rows)
        with connection.cursor() as cursor:
            for start in range(0, written, CHUNK):
                cursor.copy_expert(self._statement(), _as_csv(self.rows[start : start + CHUNK]))
            if self.counts and written:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [self.name, self.next_id - 1])
        self.rows.clear()
        self.first_id = self.next_id
        return written

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def _statement(self) -> str:
        columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in self.fields)
        return f"COPY {self.name} ({columns}) FROM STDIN WITH (FORMAT csv, NULL '{NULL}')"

    @staticmethod
    def _default(field: "models.Field[Any, Any]", at: datetime) -> Any:
        if field.has_db_default() or getattr(field, "auto_now", False):
            return at
        value = field.get_default() if field.has_default() else None
        return "" if value is None and not field.null and field.empty_strings_allowed else value


def _as_csv(rows: Iterable[list[Any]]) -> StringIO:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)
    text.seek(0)
    return text


def _cell(value: Any) -> Any:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, Set):
        return "{" + ",".join(f'"{item}"' for item in value) + "}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value


class Set(tuple[str, ...]):
    """A PostgreSQL array of texts, told apart from JSON lists."""

    __slots__ = ()
