"""Exchange rates as central banks publish them: the ECB's CSV of one day or many, the Bank of Russia's daily XML.

The ECB gives units of a currency for one euro; the Bank of Russia roubles for a nominal of 1, 10, 100 or more units.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from xml.etree import ElementTree

from crm.periods import read_day

MOST_BYTES = 20 * 1024 * 1024
DAYS = ("%Y-%m-%d", "%d %B %Y")
CODE = re.compile(r"[A-Z]{3}")


class RateFileFault(StrEnum):
    """What is wrong with a file."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NO_DATE = "no_date"
    NO_DAY = "no_day"
    NO_NUMBER = "no_number"
    NOT_POSITIVE = "not_positive"
    NO_CURRENCY = "no_currency"
    NO_XML = "no_xml"
    DTD = "dtd"


class RateFileError(ValueError):
    """The file is no list of rates of a source that is known; `text` is the place that is wrong."""

    def __init__(self, fault: RateFileFault, text: str = "") -> None:
        super().__init__(f"{fault}: {text[:40]}")
        self.fault, self.text = fault, text[:40]


@dataclass(frozen=True, slots=True)
class Quote:
    """One unit of `base` was worth `rate` units of `quote` on a day."""

    base: str
    quote: str
    rate: Decimal
    valid_on: date
    source: str


def read_rates(content: bytes) -> list[Quote]:
    """The rates of a file of either bank. RateFileError says what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise RateFileError(RateFileFault.TOO_LARGE)
    read = read_cbr if content.lstrip()[:5].startswith(b"<") else read_ecb
    found = list(read(content))
    if not found:
        raise RateFileError(RateFileFault.EMPTY)
    return found


def read_ecb(content: bytes) -> Iterator[Quote]:
    """`eurofxref.csv` and `eurofxref-hist.csv`: a column for each currency, a row for each day, N/A where none is."""
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    head = [name.strip() for name in next(rows, [])]
    if not head or head[0] != "Date":
        raise RateFileError(RateFileFault.NO_DATE)
    for row in rows:
        if row and row[0].strip():
            yield from _ecb_day(head, [cell.strip() for cell in row])


def read_cbr(content: bytes) -> Iterator[Quote]:
    """`XML_daily`: roubles for a nominal, decimals after a comma. A DTD is refused in every encoding."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content:
        raise RateFileError(RateFileFault.DTD)
    try:
        root = ElementTree.fromstring(content)  # noqa: S314  # no DTD, so no entity can grow
    except ElementTree.ParseError as error:
        raise RateFileError(RateFileFault.NO_XML, str(error)) from error
    on = _day(root.get("Date", ""), ("%d.%m.%Y",))
    for row in root.iter("Valute"):
        nominal = _number(row.findtext("Nominal", "1"))
        rate = _number(row.findtext("Value", "").replace(",", ".")) / nominal
        yield Quote(_code(row.findtext("CharCode", "")), "RUB", rate, on, "cbr")


def _ecb_day(head: list[str], row: list[str]) -> Iterator[Quote]:
    on = _day(row[0], DAYS)
    for name, cell in zip(head[1:], row[1:], strict=False):
        if name and cell and cell != "N/A":
            yield Quote("EUR", _code(name), _number(cell), on, "ecb")


def _day(text: str, formats: tuple[str, ...]) -> date:
    found = read_day(text.strip(), *formats)
    if found is None:
        raise RateFileError(RateFileFault.NO_DAY, text)
    return found


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation as error:
        raise RateFileError(RateFileFault.NO_NUMBER, text) from error
    if not found.is_finite() or found <= 0:
        raise RateFileError(RateFileFault.NOT_POSITIVE, text)
    return found


def _code(text: str) -> str:
    if not CODE.fullmatch(text.strip()):
        raise RateFileError(RateFileFault.NO_CURRENCY, text)
    return text.strip()
