"""CSV written by the database: the queryset's own SQL under a projection that writes each value as text.

It gives the same bytes as writing row by row (tested), at a fraction of the work; used for long lists.
"""

from typing import IO, Any

from django.db import connection, models
from django.db.models import Case, Func, TextField, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from crm.exports.columns import Column, Kind, Table
from crm.exports.dialects import Dialect, choice_text, safe_text


class Sql(Func):
    """A template around one expression, as text."""

    output_field = TextField()
    arity = None

    def __init__(self, template: str, *expressions: Any) -> None:
        super().__init__(*expressions)
        self.template = template
        self.arg_joiner = ", "


def copy_csv(rows: models.QuerySet[Any], table: Table, dialect: Dialect, into: IO[bytes]) -> None:
    """Writes the rows, without header, in the queryset's order."""
    cells = {f"cell_{number}": written(column, dialect) for number, column in enumerate(table.columns)}
    query = rows.annotate(**cells).values_list(*cells).query
    sql, params = query.sql_with_params()
    with connection.cursor() as cursor:
        asked = cursor.cursor.mogrify(sql, params).decode()
        cursor.cursor.copy_expert(
            f"COPY ({asked}) TO STDOUT (FORMAT csv, DELIMITER '{dialect.delimiter}')",
            Lines(into),
        )


class Lines:
    """PostgreSQL hands over one row at a time, ended by LF; the file's lines end in CR LF."""

    def __init__(self, into: IO[bytes]) -> None:
        self.into = into

    def write(self, row: bytes) -> int:
        return self.into.write(row[:-1] + b"\r\n")


def written(column: Column, dialect: Dialect) -> Combinable:
    """The text of the column's cells as an expression; crm.exports.dialects says the same in Python."""
    text = SQL_WRITERS[column.kind](column, dialect)
    return Sql("NULLIF(%(expressions)s, '')", text)  # an empty text and nothing are the same cell


def _text(column: Column, _dialect: Dialect) -> Combinable:
    return Sql(r"regexp_replace((%(expressions)s)::text, E'^([=+@\t\r\n-])', E'''\\1')", column.expression)


def _choice(column: Column, dialect: Dialect) -> Combinable:
    if dialect.for_machines or not column.choices:
        return _text(column, dialect)
    names = [
        When(**{f"{column.source or column.name}": value}, then=Value(safe_text(choice_text(dialect, column, value))))
        for value in column.choices
    ]
    return Case(*names, default=_text(column, dialect), output_field=TextField())


def _integer(column: Column, _dialect: Dialect) -> Combinable:
    return Sql("(%(expressions)s)::bigint::text", column.expression)


def _decimal(column: Column, dialect: Dialect) -> Combinable:
    template = f"replace(round((%(expressions)s)::numeric, {column.places})::text, '.', '{dialect.decimal_mark}')"
    return Sql(template, column.expression)


def _hours(column: Column, dialect: Dialect) -> Combinable:
    template = f"replace(round((%(expressions)s)::numeric / 60, {column.places})::text, '.', '{dialect.decimal_mark}')"
    return Sql(template, column.expression)


def _day(dialect: Dialect) -> str:
    return "YYYY-MM-DD" if dialect.date_format == "iso" else "DD.MM.YYYY"


def _date(column: Column, dialect: Dialect) -> Combinable:
    return Sql(f"to_char(%(expressions)s, '{_day(dialect)}')", column.expression)


def _moment(column: Column, dialect: Dialect) -> Combinable:
    zone = timezone.get_default_timezone_name()
    template = f"to_char((%(expressions)s) AT TIME ZONE '{zone}', '{_day(dialect)} HH24:MI')"
    return Sql(template, column.expression)


def _boolean(column: Column, dialect: Dialect) -> Combinable:
    template = "CASE (%(expressions)s) WHEN true THEN '{}' WHEN false THEN '{}' END"
    return Sql(template.format(dialect.truth(value=True), dialect.truth(value=False)), column.expression)


SQL_WRITERS = {
    Kind.TEXT: _text,
    Kind.CHOICE: _choice,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.HOURS: _hours,
    Kind.DATE: _date,
    Kind.MOMENT: _moment,
    Kind.BOOLEAN: _boolean,
}
