"""Files kept with clients and agreements: which they may be, told by their bytes, and how long each kind is kept."""

from collections.abc import Collection
from datetime import date
from enum import Enum
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from billing.rules.receipts import type_of
from clients.rules.retention import Paper, keep_until

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFFICE = {"word/document.xml": WORD, "xl/workbook.xml": SHEET}
OPEN = ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet")
ZIP, ZIP_HEADER = b"PK\x03\x04", 30
MACROS = "vbaproject.bin"


class FileKind(Enum):
    CONTRACT = "contract"
    ACT = "act"
    RECEIPT = "receipt"
    SIGNATURE = "signature"
    OTHER = "other"


PAPERS = {
    FileKind.CONTRACT: Paper.LETTER,
    FileKind.SIGNATURE: Paper.LETTER,
    FileKind.ACT: Paper.VOUCHER,
    FileKind.RECEIPT: Paper.VOUCHER,
}


def file_type_of(content: bytes) -> str | None:
    """The media type of a PDF, a picture or a document without macros; None for anything else."""
    if not content.startswith(ZIP):
        return type_of(content)
    return _open_document(content) or _office_document(content)


def kept_until(kind: FileKind, on: date, *, country: str, years: int = 0) -> date | None:
    """The last day on which it is kept, for a file that came on a day; None for what no law knows.

    `years` is how long the own company keeps its papers where that is longer than the law wants.
    """
    paper = PAPERS.get(kind)
    return keep_until(paper, on, country=country, years=years) if paper else None


def _open_document(content: bytes) -> str | None:
    """ODF puts its type first, not packed, so that it stands at one place."""
    start = content[ZIP_HEADER : ZIP_HEADER + 100]
    return next((name for name in OPEN if start.startswith(b"mimetype" + name.encode() + b"PK")), None)


def _office_document(content: bytes) -> str | None:
    """Only names are read: nothing is unpacked."""
    try:
        names = ZipFile(BytesIO(content)).namelist()
    except (BadZipFile, ValueError, NotImplementedError):
        return None
    return None if _has_macros(names) else next((OFFICE[name] for name in OFFICE if name in names), None)


def _has_macros(names: Collection[str]) -> bool:
    return any(name.lower().endswith(MACROS) for name in names)
