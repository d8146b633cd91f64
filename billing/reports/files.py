"""All files of a client in one list: those attached to it and its papers, and those that stand elsewhere, with links.

Signed pages, receipts and acts are kept with their offer, expense and invoice; here they are only shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import Attachment, Expense, Receipt, ServiceAct, ServiceActFile, SignatureFile
from billing.models.attachments import Holder, seen_holders
from billing.services.attachments import may_delete
from clients.models import Client
from crm.access import may
from crm.models import User

NEWEST = 500
"""Of each source; older ones stand where they are."""
PLACES = {
    "client": "clients:client",
    "offer": "billing:offer_detail",
    "retainer": "billing:retainer_detail",
    "invoice": "billing:invoice_detail",
}
Kind = Attachment.Kind


@dataclass(frozen=True, slots=True)
class ShownFile:
    """`about` is what it hangs on; `delete_url` is empty where the file stays."""

    kind: str
    name: str
    url: str
    about: str
    about_url: str
    size: int
    at: datetime
    by: str
    keep_until_on: date | None = None
    delete_url: str = ""

    @property
    def kind_words(self) -> str:
        return str(Kind(self.kind).label)


def files_of(holder: Holder, user: User, *, at: datetime) -> list[ShownFile]:
    """What is attached to one thing that the person sees."""
    rows = Attachment.objects.filter(**{holder._meta.model_name or "": holder}).light()
    return list(_attached(rows, user, at))


def client_files(client: Client, user: User, attached: Any, *, kind: str = "", text: str = "") -> list[ShownFile]:
    """`attached` are the rows of the client as they were filtered; the others are narrowed by the same words here."""
    sources = [_attached(attached[:NEWEST], user, timezone.now()), *_elsewhere(client, user, kind)]
    asked = text.strip().casefold()
    found = (row for rows in sources for row in rows)
    wanted = [row for row in found if kind in ("", row.kind) and asked in row.name.casefold()]
    return sorted(wanted, key=lambda row: row.at, reverse=True)


def _attached(rows: Iterable[Attachment], user: User, at: datetime) -> Iterator[ShownFile]:
    found = list(rows)
    mine = Attachment.objects.filter(pk__in=[row.pk for row in found]).changeable_by(user)
    changeable = set(mine.values_list("pk", flat=True))
    for row in found:
        goes = row.pk in changeable and may_delete(row, by=user, at=at)
        yield ShownFile(
            row.kind,
            row.name,
            reverse("billing:attachment_file", args=[row.pk]),
            _about(row),
            reverse(PLACES[row.holder_name], args=[row.holder.pk]),
            row.size,
            row.uploaded_at,
            str(row.uploaded_by),
            row.keep_until_on,
            reverse("billing:attachment_delete", args=[row.pk]) if goes else "",
        )


def _about(row: Attachment) -> str:
    if row.offer:
        return _("Offer %(number)s") % {"number": row.offer.number or row.offer.title}
    if row.retainer:
        return _("Retainer %(name)s") % {"name": row.retainer}
    if row.invoice:
        return _("Invoice %(number)s") % {"number": row.invoice}
    return str(row.client)


def _elsewhere(client: Client, user: User, kind: str) -> list[Iterable[ShownFile]]:
    sources = {Kind.SIGNATURE: _signatures, Kind.RECEIPT: _receipts, Kind.ACT: _acts}
    return [rows(client, user) for of, rows in sources.items() if kind in ("", of)]


def _signatures(client: Client, user: User) -> Iterator[ShownFile]:
    offers = seen_holders(user)["offer"].filter(client__in=client.family).values("pk")
    rows = SignatureFile.objects.filter(signature__offer__in=offers).select_related(
        "signature__offer", "signature__recorded_by"
    )
    for row in _sized(rows):
        offer = row.signature.offer
        yield ShownFile(
            Kind.SIGNATURE,
            row.name,
            reverse("billing:offer_paper", args=[offer.pk]),
            _("Offer %(number)s") % {"number": offer.number or offer.title},
            reverse("billing:offer_detail", args=[offer.pk]),
            row.size,
            row.signature.at,
            str(row.signature.recorded_by or row.signature.by_name),
        )


def _receipts(client: Client, user: User) -> Iterator[ShownFile]:
    """The newest file of each expense, which is the one that its page gives."""
    expenses = Expense.objects.visible_to(user).filter(client__in=client.family).values("pk")
    rows = Receipt.objects.filter(expense__in=expenses).defer("content").select_related("expense", "uploaded_by")
    newest = rows.order_by("expense_id", "-uploaded_at", "-id").distinct("expense_id")
    for row in sorted(newest, key=lambda each: each.uploaded_at, reverse=True)[:NEWEST]:
        url = reverse("billing:expense_receipt", args=[row.expense_id])
        about = _("Expense: %(what)s") % {"what": row.expense}
        yield ShownFile(
            Kind.RECEIPT,
            row.name,
            url,
            about,
            reverse("billing:expense_list"),
            row.size,
            row.uploaded_at,
            str(row.uploaded_by),
        )


def _acts(client: Client, user: User) -> Iterator[ShownFile]:
    if not may(user, "service_act.see"):
        return
    acts = ServiceAct.objects.visible_to(user).filter(invoice__client__in=client.family).values("pk")
    rows = ServiceActFile.objects.filter(act__in=acts).select_related("act__made_by", "act__invoice")
    for row in _sized(rows):
        url = reverse("billing:service_act_file", args=[row.act_id, row.format])
        about = _("Invoice %(number)s") % {"number": row.act.invoice.number}
        about_url = reverse("billing:invoice_detail", args=[row.act.invoice_id])
        yield ShownFile(Kind.ACT, row.name, url, about, about_url, row.size, row.made_at, str(row.act.made_by))


def _sized(rows: Any) -> Any:
    """The newest ones with their length instead of their bytes."""
    return rows.defer("content").annotate(size=Length("content")).order_by("-pk")[:NEWEST]
