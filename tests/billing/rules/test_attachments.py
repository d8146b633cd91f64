"""What may be kept as a file, told by its bytes, and how long."""

from datetime import date

import pytest

from billing.rules.attachments import OPEN, SHEET, WORD, FileKind, file_type_of, kept_until
from tests.make.attachments import pdf, zipped


def odf(kind: str) -> bytes:
    return b"PK\x03\x04" + b"\0" * 26 + b"mimetype" + kind.encode() + b"PK"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (pdf(), "application/pdf"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (zipped("[Content_Types].xml", "word/document.xml"), WORD),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), SHEET),
        (odf(OPEN[0]), OPEN[0]),
        (odf(OPEN[1]), OPEN[1]),
        (odf(OPEN[0] + "-template"), None),
        (zipped("word/document.xml", "word/vbaProject.bin"), None),
        (zipped("readme.txt"), None),
        (b"PK\x03\x04 cut off", None),
        (b"<html><script>", None),
        (b"MZ\x90 program", None),
        (b"", None),
    ],
)
def test_a_file_is_told_by_its_bytes_and_carries_no_macros(content: bytes, found: str | None) -> None:
    assert file_type_of(content) == found


@pytest.mark.parametrize(
    ("kind", "country", "day"),
    [
        ("contract", "DE", date(2032, 12, 31)),
        ("signature", "DE", date(2032, 12, 31)),
        ("act", "DE", date(2034, 12, 31)),
        ("receipt", "DE", date(2034, 12, 31)),
        ("contract", "RU", date(2031, 12, 31)),
        ("act", "RU", date(2031, 12, 31)),
        ("other", "DE", None),
    ],
)
def test_contracts_are_kept_as_letters_and_acts_as_vouchers(kind: str, country: str, day: date | None) -> None:
    assert kept_until(FileKind(kind), date(2026, 3, 1), country=country) == day
