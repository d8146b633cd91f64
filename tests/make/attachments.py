"""Files for tests, made of their first bytes."""

from datetime import datetime
from io import BytesIO
from itertools import count
from typing import Any
from zipfile import ZipFile

from django.utils import timezone

from billing.models import Attachment
from billing.models.attachments import Holder
from billing.services.attachments import attach_files
from billing.services.expenses import Upload
from crm.models import User
from tests.make.people import make_user

_numbers = count()


def pdf(words: str = "") -> bytes:
    """No two alike unless the words are."""
    return f"%PDF-1.7 {words or next(_numbers)}".encode()


def zipped(*names: str) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, name)
    return file.getvalue()


def make_attachment(
    to: Holder, *, by: User | None = None, at: datetime | None = None, kind: str = "contract", **kw: Any
) -> Attachment:
    """A contract, added now."""
    upload = Upload(kw.pop("name", "contract.pdf"), kw.pop("content", pdf()))
    [row] = attach_files(to, [upload], kind=kind, by=by or make_user(), at=at or timezone.now(), **kw)
    return row
