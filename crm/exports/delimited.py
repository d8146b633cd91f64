"""CSV: a header, then rows by COPY for long lists or one by one for short and computed ones; the bytes are the same."""

import codecs
from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.db import models

from crm.exports.columns import Table
from crm.exports.copying import copy_csv
from crm.exports.dialects import Dialect, safe_text
from crm.exports.rows import Rows, values_of

COPY_FROM = 5_000
IN_MEMORY = 1 << 20


def write_csv(rows: Rows, table: Table, dialect: Dialect, *, copy: bool | None = None) -> IO[bytes]:
    """The whole file, at its beginning; beyond a megabyte it lies on disk. `copy` decides by length when not given."""
    file: IO[bytes] = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the response closes it)
    file.write(codecs.BOM_UTF8 if dialect.bom else b"")
    file.write(line([safe_text(header) for header in dialect.headers(list(table.columns))], dialect))
    if isinstance(rows, models.QuerySet) and (copy if copy is not None else should_copy(rows, table)):
        copy_csv(rows, table, dialect, file)
    else:
        file.writelines(lines(rows, table, dialect))
    file.seek(0)
    return file


def should_copy(rows: models.QuerySet[Any], table: Table) -> bool:
    """Long lists of plain columns; a single column is left out, because COPY quotes `\\.` there."""
    if not table.is_sql or len(table.columns) == 1:
        return False
    plain = rows if rows.query.is_sliced else rows.order_by()
    return plain[: COPY_FROM + 1].count() > COPY_FROM


def lines(rows: Rows, table: Table, dialect: Dialect) -> Iterator[bytes]:
    for values in values_of(rows, table):
        cells = [dialect.write(column, value) for column, value in zip(table.columns, values, strict=True)]
        yield line(cells, dialect)


def line(cells: Sequence[str], dialect: Dialect) -> bytes:
    """Quoted exactly where PostgreSQL quotes: around the delimiter, quotes and line ends."""
    special = (dialect.delimiter, '"', "\n", "\r")
    quoted = ('"' + cell.replace('"', '""') + '"' if any(s in cell for s in special) else cell for cell in cells)
    return f"{dialect.delimiter.join(quoted)}\r\n".encode()
