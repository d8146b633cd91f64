"""Making an export: the documents of a period are counted in, written once, and the bytes are kept for every download.

Makers follow each other, so that a document is never in two batches; the same request again gives the same batch.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.exports.formats import Format, format_named
from billing.models import AdvanceVatInvoice, ExportBatch, ExportedDocument, ExportedHours, ExportFile, Invoice
from billing.models.advance_vat import AdvanceVatQuery
from billing.models.invoices import InvoiceQuery
from billing.services.drawn_hours import DrawnPart, drawn_hours
from clients.models import Client, Seller
from crm.db import worded
from crm.models import User

MAKING_KEY = 430054
ORDER = ("issued_on", "series", "sequence", "pk")

COUNT_IN = """
INSERT INTO billing_exporteddocument (batch_id, format, {key}, is_repeat)
SELECT %s, %s, found.id, EXISTS (
    SELECT 1 FROM billing_exporteddocument d WHERE d.format = %s AND d.{key} = found.id AND NOT d.is_repeat)
FROM ({rows}) found (id)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What should leave. Without `seller` all own companies; a `reason` asks to repeat what has left already."""

    format: str
    first: date
    last: date
    seller: Seller | None = None
    client: Client | None = None
    currency: str = ""
    kind: str = ""
    language: str = ""
    reason: str = ""

    @property
    def key(self) -> str:
        """Equal where the same is asked for."""
        said = [self.format, self.first.isoformat(), self.last.isoformat(), self.currency, self.kind, self.language]
        of = [row.pk if row else None for row in (self.seller, self.client)]
        return hashlib.sha256(json.dumps([said, of, self.reason]).encode()).hexdigest()

    def documents(self) -> InvoiceQuery:
        """Documents of the period and of what else was chosen, in the order of their dates."""
        rows = format_named(self.format).rows().filter(Q(("leaves_on__range", (self.first, self.last))))
        chosen = {"seller": self.seller, "client": self.client, "currency": self.currency, "kind": self.kind}
        return rows.filter(**{name: value for name, value in chosen.items() if value}).order_by(*ORDER)

    def advances(self) -> AdvanceVatQuery:
        """Advance VAT invoices of the same, in formats that take them; none where a kind of document was chosen."""
        rows = AdvanceVatInvoice.objects.filter(issued_on__range=(self.first, self.last))
        if self.kind or not format_named(self.format).with_advances:
            return rows.none()
        chosen = {"seller": self.seller, "invoice__client": self.client, "currency": self.currency}
        return rows.filter(**{name: value for name, value in chosen.items() if value})

    def hours(self) -> list[DrawnPart]:
        """Hours drawn until the last day that no export moved to revenue, in formats that take them; of all clients."""
        is_narrowed = self.client or self.currency or self.kind
        if self.seller is None or is_narrowed or not format_named(self.format).with_hours:
            return []
        return drawn_hours(self.seller, until=self.last)


@dataclass(frozen=True, slots=True)
class Found:
    """What may leave together."""

    documents: InvoiceQuery
    advances: AdvanceVatQuery
    hours: Sequence[DrawnPart] = ()

    @property
    def count(self) -> int:
        return self.documents.count() + self.advances.count() + len(self.hours)


@transaction.atomic
def make_batch(asked: Asked, *, by: User, at: datetime) -> tuple[ExportBatch, bool]:
    """The batch, and whether it is new: with nothing new, the same request gives the batch that it made before.

    ValidationError: `nothing_to_export`, `already_done` when all of it left in other batches, `not_ready` with what
    the format lacks, and what the format itself refuses.
    """
    form = format_named(asked.format)
    asked = with_company(form, asked)
    _check(form, asked)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MAKING_KEY])
    rows = everything(asked) if asked.reason else unexported(asked)
    earlier = ExportBatch.objects.filter(request_key=asked.key).order_by("-pk").first()
    if earlier and (not rows.count or (asked.reason and _holds(earlier, rows))):
        return earlier, False
    if not rows.count:
        raise _nothing(asked)
    return _made(form, asked, rows, by=by, at=at), True


def with_company(form: Format, asked: Asked) -> Asked:
    """Where no company was named, the only one that the format fits."""
    if asked.seller:
        return asked
    fitting = [seller for seller in Seller.objects.filter(is_active=True) if form.fits(seller)]
    return replace(asked, seller=fitting[0]) if len(fitting) == 1 else asked


def everything(asked: Asked) -> Found:
    return Found(asked.documents(), asked.advances(), asked.hours())


def unexported(asked: Asked) -> Found:
    """What was asked for and has not left in this format yet."""
    left = ExportedDocument.objects.first_time().filter(format=asked.format)
    documents = asked.documents().exclude(pk__in=left.exclude(invoice=None).values("invoice"))
    advances = asked.advances().exclude(pk__in=left.exclude(advance=None).values("advance"))
    return Found(documents, advances, asked.hours())


def documents_of(batch: ExportBatch) -> InvoiceQuery:
    """The documents of a batch, in the order in which they stand in its file."""
    return Invoice.objects.filter(exported__batch=batch).order_by(*ORDER)


def advances_of(batch: ExportBatch) -> AdvanceVatQuery:
    """The advance VAT invoices of a batch, in the same order."""
    rows = AdvanceVatInvoice.objects.filter(exported__batch=batch)
    return rows.order_by("issued_on", "series", "sequence", "pk")


def _check(form: Format, asked: Asked) -> None:
    if asked.last < asked.first:
        raise ValidationError({"to": ValidationError(_("It ends before it begins."), code="ends_before_start")})
    if not form.country:
        return
    if asked.seller is None:
        raise ValidationError({"seller": ValidationError(_("Choose one own company."), code="required")})
    if not form.fits(asked.seller):
        words = _("%(format)s is for own companies in another country.") % {"format": form.label}
        raise ValidationError({"seller": ValidationError(words, code="wrong_country")})
    if missing := form.missing(asked.seller):
        raise ValidationError([ValidationError(words, code="not_ready") for words in missing])


def _holds(batch: ExportBatch, rows: Found) -> bool:
    """Whether a batch has all of the documents; issued ones never go away, so their number says it."""
    return batch.documents.count() == rows.count


def _nothing(asked: Asked) -> ValidationError:
    if format_named(asked.format).with_hours:
        words = _("No hours were drawn until that day that have not left yet.")
        return ValidationError(words, code="nothing_to_export")
    n = everything(asked).count
    if not n:
        return ValidationError(_("There is no issued document in this period."), code="nothing_to_export")
    words = ngettext(
        "The only document of this period has left in this format already. Give a reason to repeat it.",
        "All %(n)s documents of this period have left in this format already. Give a reason to repeat them.",
        n,
    )
    return ValidationError(words, code="already_done", params={"n": n})


def _made(form: Format, asked: Asked, rows: Found, *, by: User, at: datetime) -> ExportBatch:
    with worded():
        batch = ExportBatch.objects.create(
            format=form.code,
            seller=asked.seller,
            from_on=asked.first,
            to_on=asked.last,
            client=asked.client,
            currency=asked.currency,
            kind=asked.kind,
            language=asked.language,
            is_repeat=bool(asked.reason),
            reason=asked.reason,
            request_key=asked.key,
            made_by=by,
            created_at=at,
        )
    counted = _count_in(batch, rows)
    content = form.write(batch, documents_of(batch))
    ExportFile.objects.create(
        batch=batch,
        name=_file_name(form, batch),
        content_type=form.content_type,
        content=content,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        document_count=counted,
    )
    return batch


def _count_in(batch: ExportBatch, found: Found) -> int:
    counted = 0
    for key, rows in (("invoice_id", found.documents), ("advance_id", found.advances)):
        if rows.query.is_empty():
            continue
        sql, params = rows.order_by().values("pk").query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(COUNT_IN.format(key=key, rows=sql), [batch.pk, batch.format, batch.format, *params])
            counted += int(cursor.rowcount)
    moved = [
        ExportedHours(batch=batch, package=row.package, minutes=row.minutes, amount=row.amount) for row in found.hours
    ]
    return counted + len(ExportedHours.objects.bulk_create(moved))


def _file_name(form: Format, batch: ExportBatch) -> str:
    """The period and the batch's number; DATEV finds its files by the prefix EXTF."""
    company = f"{batch.seller.code}_" if batch.seller else ""
    return f"{form.prefix}_{company}{batch.from_on:%Y%m%d}_{batch.to_on:%Y%m%d}_{batch.pk}.{form.ending}"
