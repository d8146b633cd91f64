"""A file as rows of text, whatever program wrote it: encoding and delimiter are found, formulas and HTML stay text."""

import codecs
import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from crm.exports.dialects import DANGEROUS

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 5_000
MOST_COLUMNS = 60
LONGEST_CELL = 5_000
DELIMITERS = ";,\t|"


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows` pairs each row with its line in the file, so that a person finds it again."""

    headers: list[str]
    rows: list[tuple[int, list[str]]]
    encoding: str = ""
    delimiter: str = ""


def read_sheet(content: bytes, *, most_rows: int = MOST_ROWS) -> Sheet:
    """Raises ValidationError for what is no table: too large, empty, unreadable, too many rows.

    `most_rows` holds for CSV; a workbook, which costs far more to open, has the usual limit.
    """
    if len(content) > MOST_BYTES:
        raise ValidationError(_("The file is larger than 20 MB."), code="too_large")
    return _read_xlsx(content) if content.startswith(b"PK\x03\x04") else _read_csv(content, most_rows)


def _read_csv(content: bytes, most_rows: int) -> Sheet:
    encoding = encoding_of(content)
    text = content.decode(encoding, errors="replace").replace("\0", "")
    delimiter = delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        numbered = [(reader.line_num, row) for row in reader]
    except csv.Error as exc:
        raise ValidationError(_("This is no readable CSV file: %(why)s"), "unreadable", {"why": exc}) from exc
    return _sheet(numbered, most_rows, encoding.removesuffix("-sig"), delimiter)


def _read_xlsx(content: bytes) -> Sheet:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
                raise ValidationError(_("The workbook is too large when unpacked."), code="too_large")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        rows = book.worksheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS, max_row=MOST_ROWS + 2)
        numbered = [(number, [cell_text(cell) for cell in row]) for number, row in enumerate(rows, start=1)]
    except ValidationError:
        raise
    except Exception as exc:  # openpyxl raises whatever its XML and ZIP parsers raise
        raise ValidationError(_("This workbook cannot be opened. Save it as CSV and try again."), "unreadable") from exc
    return _sheet(numbered, MOST_ROWS)


def _sheet(numbered: Iterable[tuple[int, list[str]]], most_rows: int, encoding: str = "", delimiter: str = "") -> Sheet:
    """The first row that holds anything is the header; empty rows are passed over."""
    filled = ((number, [bare(cell) for cell in row]) for number, row in numbered)
    kept = [(number, row) for number, row in filled if any(row)]
    if len(kept) < 2:
        raise ValidationError(_("The file holds no rows below its header."), code="empty")
    if len(kept) - 1 > most_rows:
        raise ValidationError(_("The file holds more than 5 000 rows. Split it."), code="too_large")
    width = min(max(_filled_width(row) for _number, row in kept), MOST_COLUMNS)
    (_line, header), *rows = [(number, (row + [""] * width)[:width]) for number, row in kept]
    return Sheet(header, rows, encoding, delimiter)


def bare(cell: str) -> str:
    """Without the mark that exports put before what a spreadsheet would take for a formula."""
    text = cell.strip()[:LONGEST_CELL]
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def _filled_width(row: list[str]) -> int:
    return max(place for place, cell in enumerate(row, start=1) if cell)


def cell_text(cell: Any) -> str:
    """A typed cell as a person would type it: days in ISO, whole numbers without a point, formulas as they stand."""
    match cell:
        case None:
            return ""
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime():
            return cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
        case timedelta():
            return clock_text(round(cell.total_seconds()))
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell).replace("\0", "")


def clock_text(seconds: int) -> str:
    """A length as hours, minutes and seconds, however many hours it has."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def encoding_of(content: bytes) -> str:
    """UTF-8 when it is, UTF-16 by its mark, else Windows: Cyrillic words are runs of high bytes, Latin ones are not."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        high = sum(byte >= 0xC0 for byte in content)
        in_runs = sum(len(run) for run in re.findall(rb"[\xc0-\xff]{3,}", content))
        return "cp1251" if in_runs * 2 > high else "cp1252"
    return "utf-8-sig"


def delimiter_of(text: str) -> str:
    """The mark that most of the first lines hold equally often."""
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    counts = {mark: Counter(_outside_quotes(lines, mark)) for mark in DELIMITERS}

    def worth(mark: str) -> tuple[int, int]:
        often = [(lines_, times) for times, lines_ in counts[mark].items() if times]
        return max(often, default=(0, 0))

    return max(DELIMITERS, key=worth)


def _outside_quotes(lines: Iterable[str], mark: str) -> Iterator[int]:
    for line in lines:
        yield re.sub(r'"[^"]*"', "", line).count(mark)
