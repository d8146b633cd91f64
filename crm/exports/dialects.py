"""How values are written: for machines, or as a spreadsheet of the reader's language expects them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.exports.columns import Column, Kind

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
SIXTY = Decimal(60)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`for_machines`: machine headers, ISO, dot, UTF-8 without BOM. Lines always end in CR LF."""

    delimiter: str = ","
    decimal_mark: str = "."
    date_format: str = "iso"
    bom: bool = False
    for_machines: bool = True

    def headers(self, columns: "tuple[Column, ...] | list[Column]") -> list[str]:
        return [column.name if self.for_machines else str(column.label) for column in columns]

    def write(self, column: Column, value: Any) -> str:
        """The text of a cell; crm.exports.copying says the same in SQL."""
        if value is None or value == "":
            return ""
        return WRITERS[column.kind](self, column, value)

    def number(self, value: Any, places: int) -> str:
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        text = f"{abs(rounded) if rounded == 0 else rounded:f}"
        return text.replace(".", self.decimal_mark)

    def day(self, value: date) -> str:
        if self.date_format == "iso":
            return f"{value.year:04}-{value.month:02}-{value.day:02}"
        return f"{value.day:02}.{value.month:02}.{value.year:04}"

    def moment(self, value: datetime, zone: ZoneInfo | None = None) -> str:
        local = value.astimezone(zone or timezone.get_default_timezone())
        return f"{self.day(local)} {local.hour:02}:{local.minute:02}"

    def truth(self, value: object) -> str:
        if self.for_machines:
            return "true" if value else "false"
        return _("yes") if value else _("no")


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula; numbers are never passed through here."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def choice_text(dialect: Dialect, column: Column, value: Any) -> str:
    """The code for machines, its name for people."""
    return str(value) if dialect.for_machines else str(column.choices.get(value, value))


WRITERS: dict[Kind, Callable[[Dialect, Column, Any], str]] = {
    Kind.TEXT: lambda _dialect, _column, value: safe_text(str(value)),
    Kind.CHOICE: lambda dialect, column, value: safe_text(choice_text(dialect, column, value)),
    Kind.INTEGER: lambda _dialect, _column, value: str(int(value)),
    Kind.DECIMAL: lambda dialect, column, value: dialect.number(value, column.places),
    Kind.HOURS: lambda dialect, column, value: dialect.number(Decimal(value) / SIXTY, column.places),
    Kind.DATE: lambda dialect, _column, value: dialect.day(value),
    Kind.MOMENT: lambda dialect, _column, value: dialect.moment(value),
    Kind.BOOLEAN: lambda dialect, _column, value: dialect.truth(value),
}


def dialect_for(language: str) -> Dialect:
    """German and Russian spreadsheets want semicolons and decimal commas, English ones commas and dots."""
    if language[:2] in ("de", "ru"):
        return Dialect(";", ",", "dotted", bom=True, for_machines=False)
    return Dialect(bom=True, for_machines=False)
