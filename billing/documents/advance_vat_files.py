"""The files of an advance VAT invoice, each made once and kept: the paper, and the unsigned UPD (function СЧФ)."""

import hashlib
import logging
import uuid
from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.act_files import by_schema, missing_parties, party_of, require, signer_of
from billing.documents.advance_vat import render_advance_vat
from billing.documents.service_acts import post_of
from billing.models import AdvanceVatFile, AdvanceVatInvoice
from billing.rules.upd import CURRENCIES, AdvanceUpd, Signer, write_advance_upd
from billing.services.advance_vat import rows_stated

Format = AdvanceVatFile.Format
log = logging.getLogger(__name__)


def advance_vat_content(advance: AdvanceVatInvoice, form: AdvanceVatFile.Format) -> tuple[str, bytes]:
    """Name and bytes of a file: the kept one, or one written now, and nothing is kept by looking.

    ValidationError `not_ready` with each thing that a UPD lacks, `refused_by_check`.
    """
    kept = advance.files.filter(format=form).first()
    if kept is not None:
        return kept.name, bytes(kept.content)
    if form is Format.UPD:
        return _upd(advance)
    return f"advance-vat-{advance.number.replace('/', '-')}.pdf", render_advance_vat(advance)


@transaction.atomic
def advance_vat_file(advance: AdvanceVatInvoice, form: AdvanceVatFile.Format, *, at: datetime) -> AdvanceVatFile:
    """Keeps a file, once. The refusals are those of `advance_vat_content`."""
    name, content = advance_vat_content(advance, form)
    said = {"name": name, "content": content, "sha256": hashlib.sha256(content).hexdigest(), "made_at": at}
    return AdvanceVatFile.objects.get_or_create(advance=advance, format=form, defaults=said)[0]


def keep_advance_vat_files(advance: AdvanceVatInvoice, *, at: datetime) -> None:
    """Keeps the paper, and the UPD unless something that it needs is missing."""
    advance_vat_file(advance, Format.PDF, at=at)
    try:
        advance_vat_file(advance, Format.UPD, at=at)
    except ValidationError as refused:
        log.info("No UPD of advance VAT invoice %s: %s", advance.pk, "; ".join(refused.messages))


def keep_forgotten_advance_vat(*, at: datetime) -> None:
    """Keeps what a lost message left out; one that fails is named in the log and holds no other back."""
    rows = AdvanceVatInvoice.objects.select_related("invoice__client", "seller").order_by("pk")
    without_upd = rows.standing().exclude(files=None).exclude(files__format=Format.UPD)
    for row in [*rows.filter(files=None), *(row for row in without_upd if not any(missing_for_advance_upd(row)))]:
        try:
            keep_advance_vat_files(row, at=at)
        except Exception:
            log.exception("The files of advance VAT invoice %s were not kept", row.pk)


def missing_for_advance_upd(advance: AdvanceVatInvoice) -> Iterator[str]:
    """What its UPD lacks, in the words of whoever fills it in."""
    client = advance.invoice.client
    yield from missing_parties(advance.seller_frozen, advance.buyer_frozen, seller=advance.seller, client=client)
    if not advance.payment_number:
        yield _("The number of the payment order.")
    if advance.currency not in CURRENCIES:
        yield _("The currency or a unit of the invoice has no Russian code.")


def _upd(advance: AdvanceVatInvoice) -> tuple[str, bytes]:
    require(missing_for_advance_upd(advance))
    upd = advance_upd_of(advance)
    return f"{upd.file_id}.xml", by_schema(write_advance_upd(upd))


def advance_upd_of(advance: AdvanceVatInvoice) -> AdvanceUpd:
    """What the file states, from parties and rows that are frozen."""
    seller = advance.seller_frozen
    return AdvanceUpd(
        number=advance.number,
        issued_on=advance.issued_on,
        seller=party_of(seller, advance.seller.edo_id),
        buyer=party_of(advance.buyer_frozen, advance.invoice.client.e_address),
        signer=signer_of(seller) or Signer(post_of(seller), "", ""),
        currency=advance.currency,
        rows=rows_stated(advance),
        paid=(advance.payment_number, advance.received_on),
        made_at=timezone.localtime(advance.created_at),
        uid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{advance.content_sha256} {advance.number}")),
    )
