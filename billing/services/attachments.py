"""Files of clients and agreements: added with the day until which the law wants them, deleted once it is over."""

from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import Attachment, Invoice
from billing.models.attachments import GRACE, Holder
from billing.rules.attachments import FileKind, file_type_of, kept_until
from billing.rules.receipts import MOST_BYTES
from billing.services.expenses import Upload
from clients.models import Client
from crm.db import worded
from crm.models import User
from crm.web.formats import write_day


def check_upload(upload: Upload) -> str:
    """The media type. ValidationError `file_size`, `file_type` names the file that is refused."""
    if not 0 < len(upload.content) <= MOST_BYTES:
        words = _("“%(name)s” is refused: a file has up to 25 MB and is not empty.")
        raise ValidationError(words, code="file_size", params={"name": upload.name})
    found = file_type_of(upload.content)
    if found is None:
        words = _("“%(name)s” is refused: give a PDF, a picture (PNG, JPEG, WebP), DOCX, XLSX, ODT or ODS.")
        raise ValidationError(words, code="file_type", params={"name": upload.name})
    return found


@transaction.atomic
def attach_files(
    to: Holder, uploads: Sequence[Upload], *, kind: str, by: User, at: datetime, keep_until_on: date | None = None
) -> list[Attachment]:
    """All or none, each kept as it came, at least as long as the law and our own company want.

    ValidationError `file_size`, `file_type`, `unique`, and `keep_longer` on `keep_until_on`.
    """
    legal = _legal(to, kind, keep_until_on, on=timezone.localdate(at))
    rows = [_row(to, upload, kind, keep_until_on or legal, by, at) for upload in uploads]
    with worded():
        for row in rows:
            row.save(force_insert=True)
    return rows


@transaction.atomic
def change_attachment(
    row: Attachment, *, name: str, kind: str, keep_until_on: date | None, by: User, at: datetime
) -> None:
    """Another title or kind, or a later day; the file itself stays as it came.

    ValidationError `keep_longer` on `keep_until_on` before the day that the law wants of the kind, or before the day
    that stands; for ten minutes who uploaded the file may still name an earlier one.
    """
    legal = _legal(row.holder, kind, keep_until_on, on=timezone.localdate(row.uploaded_at))
    until_on, stood = keep_until_on or legal, row.keep_until_on
    if stood and (until_on is None or until_on < stood) and not may_take_back(row, by=by, at=at):
        words = _("It is kept until %(day)s: only a later day is possible.") % {"day": write_day(stood)}
        raise ValidationError({"keep_until_on": ValidationError(words, code="keep_longer")})
    row.name, row.kind, row.keep_until_on = PurePath(name).name[:200] or row.name, kind, until_on
    with worded():
        row.save(update_fields=["name", "kind", "keep_until_on"])


@transaction.atomic
def delete_attachment(row: Attachment, *, by: User, at: datetime) -> None:
    """Before its day a file goes only while its upload may be taken back, by whoever made it. `kept_until`."""
    if row.keep_until_on and not may_delete(row, by=by, at=at):
        words = _("It is kept until %(day)s.") % {"day": write_day(row.keep_until_on)}
        raise ValidationError(words, code="kept_until")
    with worded():
        row.delete()


def may_take_back(row: Attachment, *, by: User, at: datetime) -> bool:
    return row.uploaded_by_id == by.pk and at - row.uploaded_at < GRACE


def may_delete(row: Attachment, *, by: User, at: datetime) -> bool:
    """Of a row that the person may change: whether the law lets it go."""
    return not row.is_kept(on=timezone.localdate(at)) or may_take_back(row, by=by, at=at) or _is_of_draft(row)


def _legal(to: Holder, kind: str, keep_until_on: date | None, *, on: date) -> date | None:
    """Until when the law and our own company want a file of a day; refuses an earlier wish."""
    country, years = _keeping(to)
    legal = kept_until(FileKind(kind), on, country=country, years=years)
    if keep_until_on and legal and keep_until_on < legal:
        words = _("The law wants it until %(day)s.") % {"day": write_day(legal)}
        raise ValidationError({"keep_until_on": ValidationError(words, code="keep_longer")})
    return legal


def _is_of_draft(row: Attachment) -> bool:
    """A draft is no document yet."""
    return row.invoice is not None and row.invoice.status == Invoice.Status.DRAFT


def _row(to: Holder, upload: Upload, kind: str, until_on: date | None, by: User, at: datetime) -> Attachment:
    return Attachment(
        **{to._meta.model_name or "": to},
        kind=kind,
        name=PurePath(upload.name).name[:200] or "file",
        content_type=check_upload(upload),
        size=len(upload.content),
        sha256=sha256(upload.content).hexdigest(),
        content=upload.content,
        keep_until_on=until_on,
        uploaded_by=by,
        uploaded_at=at,
    )


def _keeping(to: Holder) -> tuple[str, int]:
    """Whose law and years count: of our company that agreed or invoiced, else of the one that works for the client."""
    if not isinstance(to, Client):
        return to.seller.country, to.seller.keep_years or 0
    seller = to.default_seller
    return (seller.country, seller.keep_years or 0) if seller else (to.country, 0)
