"""The files of an act, each made once and kept: the paper to sign, and the unsigned UPD for the operator (EDO).

No schema of the tax service ships with the product; where a firm supplies it (UPD_SCHEMA), a file that it refuses is
not made. Signature and operator are outside, and the page says so.
"""

import hashlib
import logging
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.documents.service_acts import post_of, render_act
from billing.models import ServiceAct, ServiceActFile
from billing.models.service_acts import WRITTEN_IN
from billing.rules.upd import CURRENCIES, UNITS, Party, Signer, Upd, read_name, schema_faults, write_upd
from billing.services.act_payments import orders_of
from billing.services.act_rows import rows_of
from clients.models import Client, Seller
from clients.rules.tax_ids import is_inn, is_sole_trader

Format = ServiceActFile.Format
log = logging.getLogger(__name__)


def act_content(act: ServiceAct, form: ServiceActFile.Format) -> tuple[str, bytes]:
    """Name and bytes of a file: the kept one, or one written now, and nothing is kept by looking.

    ValidationError `not_ready` with each thing that a UPD lacks, `refused_by_check`.
    """
    kept = act.files.filter(format=form).first()
    return (kept.name, bytes(kept.content)) if kept else _written(act, form)


def keep_act_files(act: ServiceAct, *, at: datetime) -> None:
    """Keeps the paper of an act, and its UPD unless something that it needs is missing."""
    act_file(act, Format.PDF, at=at)
    try:
        act_file(act, Format.UPD, at=at)
    except ValidationError as refused:
        log.info("No UPD of act %s: %s", act.pk, "; ".join(refused.messages))


def keep_forgotten_acts(*, at: datetime) -> None:
    """Keeps what acts lack: both files after a lost message, the UPD of a standing one once it has what it needs.

    An act that fails is named in the log and holds no other back.
    """
    acts = ServiceAct.objects.select_related("invoice__client", "seller").order_by("pk")
    without_upd = acts.standing().exclude(files=None).exclude(files__format=Format.UPD)
    for act in [*acts.filter(files=None), *(act for act in without_upd if not any(missing_for_upd(act)))]:
        try:
            keep_act_files(act, at=at)
        except Exception:
            log.exception("The files of act %s were not kept", act.pk)


def _written(act: ServiceAct, form: ServiceActFile.Format) -> tuple[str, bytes]:
    return _upd(act) if form is Format.UPD else (f"act-{act.number.replace('/', '-')}.pdf", render_act(act))


@transaction.atomic
def act_file(act: ServiceAct, form: ServiceActFile.Format, *, at: datetime) -> ServiceActFile:
    """Keeps a file of an act, once. The refusals are those of `act_content`."""
    kept = act.files.filter(format=form).first()
    if kept is not None:
        return kept
    name, content = _written(act, form)
    sha256 = hashlib.sha256(content).hexdigest()
    found, _made = ServiceActFile.objects.get_or_create(
        act=act, format=form, defaults={"name": name, "content": content, "sha256": sha256, "made_at": at}
    )
    return found


def missing_for_upd(act: ServiceAct) -> Iterator[str]:
    """What a UPD of the act lacks, in the words of whoever fills it in."""
    invoice = act.invoice
    yield from missing_parties(invoice.seller_frozen, invoice.buyer_frozen, seller=act.seller, client=invoice.client)
    if invoice.currency not in CURRENCIES or any(row.unit not in UNITS for row in rows_of(act)):
        yield _("The currency or a unit of the invoice has no Russian code.")


def missing_parties(frozen: dict[str, Any], buyer: dict[str, Any], *, seller: Seller, client: Client) -> Iterator[str]:
    """What both sides of a UPD lack: their frozen facts, and their participant ids of now."""
    director = signer_of(frozen)
    company = (
        (_is_complete(frozen), _("Own company: the INN, for a company also the KPP.")),
        (bool(_address(frozen)), _("Own company: the address.")),
        (bool(seller.edo_id), _("Own company: the participant id at the EDO operator.")),
        (director is not None, _("Own company: the director by last and first name.")),
    )
    other = (
        (_is_complete(buyer), _("Client: the INN, for a company also the KPP.")),
        (bool(_address(buyer)), _("Client: the address.")),
        (bool(client.e_address), _("Client: the electronic address, the participant id at its EDO operator.")),
        (not _is_person(buyer) or read_name(str(buyer.get("name"))) is not None, _("Client: last and first name.")),
    )
    yield from (words for is_there, words in (*company, *other) if not is_there)
    if (frozen.get("country"), buyer.get("country")) != (WRITTEN_IN, WRITTEN_IN):
        yield _("A UPD is for two sides in Russia.")


def signer_of(frozen: dict[str, Any]) -> Signer | None:
    """Who signs for the seller: its director, or the sole trader itself; None without a full name."""
    director = str(frozen.get("director_name") or (frozen.get("name") if _is_person(frozen) else ""))
    named = read_name(director)
    return Signer(post_of(frozen), *named) if named else None


def _upd(act: ServiceAct) -> tuple[str, bytes]:
    require(missing_for_upd(act))
    upd = upd_of(act)
    return f"{upd.file_id}.xml", by_schema(write_upd(upd))


def require(missing: Iterable[str]) -> None:
    """ValidationError `not_ready` with each thing that is missing."""
    if words := list(missing):
        raise ValidationError([ValidationError(each, code="not_ready") for each in words])


def by_schema(content: bytes) -> bytes:
    """The file, unless a schema that the firm supplied refuses it: `refused_by_check`."""
    if settings.UPD_SCHEMA and (faults := schema_faults(content, settings.UPD_SCHEMA)):
        raise ValidationError([ValidationError(fault, code="refused_by_check") for fault in faults])
    return content


def upd_of(act: ServiceAct) -> Upd:
    """What the document states, from an invoice whose parties and lines are frozen."""
    invoice = act.invoice
    seller, issued_on = invoice.seller_frozen, invoice.issued_on or act.acted_on
    rendered_from, rendered_to = act.period
    return Upd(
        number=act.number,
        acted_on=act.acted_on,
        seller=party_of(seller, act.seller.edo_id),
        buyer=party_of(invoice.buyer_frozen, invoice.client.e_address),
        signer=signer_of(seller) or Signer(post_of(seller), "", ""),
        currency=invoice.currency,
        rows=rows_of(act),
        supply_from=rendered_from or issued_on,
        supply_to=rendered_to or issued_on,
        basis=(invoice.number, issued_on),
        paid=orders_of(act),
        made_at=timezone.localtime(act.created_at),
        uid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{invoice.content_sha256} {act.number}")),
    )


def party_of(frozen: dict[str, Any], participant: str) -> Party:
    return Party(
        name=str(frozen.get("name", "")),
        tax_number=str(frozen.get("tax_number", "")),
        registration_reason=str(frozen.get("registration_reason", "")),
        address=_address(frozen),
        participant=participant,
    )


def _address(frozen: dict[str, Any]) -> str:
    return ", ".join(str(frozen[name]) for name in ("postcode", "city", "street") if frozen.get(name))


def _is_person(frozen: dict[str, Any]) -> bool:
    return is_sole_trader(str(frozen.get("tax_number", "")))


def _is_complete(frozen: dict[str, Any]) -> bool:
    return is_inn(str(frozen.get("tax_number", ""))) and (_is_person(frozen) or bool(frozen.get("registration_reason")))
