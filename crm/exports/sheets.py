"""XLSX by a Rust writer: texts stay texts whatever they begin with, numbers and dates are real ones.

A spreadsheet stores floats, which hold money to 15 digits; sums are reconciled from the database, not from the file.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import rustpy_xlsxwriter
from django.utils import timezone

from crm.exports.columns import Column, Kind, Table
from crm.exports.dialects import SIXTY, Dialect
from crm.exports.rows import Rows, values_of

WIDTHS = {Kind.TEXT: 28, Kind.CHOICE: 16, Kind.MOMENT: 17, Kind.BOOLEAN: 8}
TITLE_LENGTH = 31
CELL_LENGTH = 32_767
FIRST_YEAR = 1900  # a spreadsheet counts days from there; an earlier one is written as text
FORBIDDEN = str.maketrans("[]:*?/\\", "       ")


def write_xlsx(rows: Rows, table: Table, dialect: Dialect) -> IO[bytes]:
    """The whole workbook, at its beginning, on disk."""
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    columns = list(table.columns)
    headers = _distinct(dialect.headers(columns))
    rustpy_xlsxwriter.write_worksheet(
        _records(rows, table, headers, dialect),
        file,
        str(table.title).translate(FORBIDDEN).strip()[:TITLE_LENGTH] or "Sheet1",
        freeze_row=1,
        bold_headers=True,
        autofilter=True,
        column_widths=[float(WIDTHS.get(column.kind, 13)) for column in columns],
        column_formats={
            header: rustpy_xlsxwriter.Format().set_num_format(_format(column))
            for header, column in zip(headers, columns, strict=True)
        },
    )
    file.seek(0)
    return file


def _distinct(headers: list[str]) -> list[str]:
    """The writer knows columns by their header, so two of the same name are numbered."""
    return [
        header if header not in headers[:place] else f"{header} ({headers[: place + 1].count(header)})"
        for place, header in enumerate(headers)
    ]


def _records(rows: Rows, table: Table, headers: list[str], dialect: Dialect) -> Iterator[dict[str, Any]]:
    """Rows as the writer wants them; an empty list still has its header."""
    empty = True
    for values in values_of(rows, table):
        empty = False
        cells = zip(headers, table.columns, values, strict=True)
        yield {header: _cell(dialect, column, value) for header, column, value in cells}
    if empty:
        yield dict.fromkeys(headers)


def _cell(dialect: Dialect, column: Column, value: Any) -> Any:
    if value is None or value == "":
        return None
    match column.kind:
        case Kind.HOURS:
            return round(Decimal(value) / SIXTY, 10)
        case Kind.MOMENT if isinstance(value, datetime):
            return timezone.make_naive(value, timezone.get_default_timezone())
        case Kind.DATE if value.year < FIRST_YEAR:
            return dialect.day(value)
        case Kind.BOOLEAN:
            return dialect.truth(value)
        case Kind.CHOICE:
            return str(column.choices.get(value, value))
        case Kind.TEXT:
            return str(value)[:CELL_LENGTH]
    return value


def _format(column: Column) -> str:
    match column.kind:
        case Kind.DECIMAL | Kind.HOURS:
            return f"#,##0.{'0' * column.places}" if column.places else "#,##0"
        case Kind.INTEGER:
            return "0"
        case Kind.DATE:
            return "yyyy-mm-dd"
        case Kind.MOMENT:
            return "yyyy-mm-dd hh:mm"
    return "@"
