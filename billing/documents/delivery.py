"""How issued documents get their file and reach the client, and how offers are mailed; the rows are the outbox.

Each step is claimed, done and marked in a transaction of its own. A failure is kept on the row, shown to finance and
tried again later; it never changes the document.
"""

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from billing.documents.e_invoices.keeping import format_taken, keep_e_invoice
from billing.documents.invoices import file_name, render_invoice
from billing.documents.offers import render_offer
from billing.documents.outbox import send_one, send_waiting
from billing.models import DocumentDelivery, DocumentFile, Handover, Invoice, Offer
from billing.rules.document_words import words_in
from billing.services.handovers import link_to_handover
from billing.services.offer_links import link_to_offer

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
PDF = "application/pdf"
log = logging.getLogger(__name__)


def deliver_due(*, at: datetime, limit: int = 200) -> int:
    """Drains the outbox of issued documents; says how many are through."""
    due = DocumentDelivery.objects.due(at=at).order_by("next_attempt_at")
    return sum(deliver_document(pk, at=at) for pk in due.values_list("invoice", flat=True)[:limit])


def deliver_document(invoice_id: int, *, at: datetime) -> bool:
    """Makes the file, then mails it; False while something is left to do. Safe to run twice and at once."""
    return _step(invoice_id, at, _render) and _step(invoice_id, at, _mail)


def retry_delivery(delivery: DocumentDelivery, *, at: datetime, recipient: str = "") -> DocumentDelivery:
    """Lets a person try again now, to another address if one is given."""
    delivery.next_attempt_at, delivery.last_error = at, ""
    if recipient:
        delivery.recipient, delivery.sent_at = recipient, None
    delivery.save(update_fields=["next_attempt_at", "last_error", "recipient", "sent_at"])
    return delivery


def document_pdf(invoice: Invoice) -> bytes:
    """The kept file of an issued document, or one set now: the same bytes, for they follow from the frozen row."""
    kept = invoice.files.filter(format=DocumentFile.Format.PDF).first()
    return bytes(kept.content) if kept else render_invoice(invoice)


def attachments_of(invoice: Invoice) -> list[tuple[str, bytes, str]]:
    """What the client gets: ZUGFeRD is one PDF that is both, XRechnung stands beside the PDF."""
    kept = {file.format: bytes(file.content) for file in invoice.files.all()}
    name = file_name(invoice)
    if format_taken(invoice) == DocumentFile.Format.ZUGFERD and DocumentFile.Format.ZUGFERD in kept:
        return [(name, kept[DocumentFile.Format.ZUGFERD], PDF)]
    found = [(name, document_pdf(invoice), PDF)]
    if DocumentFile.Format.XRECHNUNG in kept:
        found.append((f"{name.removesuffix('.pdf')}.xml", kept[DocumentFile.Format.XRECHNUNG], "application/xml"))
    return found


def mail_offers(*, at: datetime) -> int:
    """Drains the outbox of offers; says how many mails left."""
    return send_waiting(Offer.objects.unmailed(), write=partial(_offer_mail, at=at), at=at)


def mail_offer(offer_id: int, *, at: datetime) -> bool:
    """Mails a sent offer with its own link; False if another worker has it, or if it could not leave."""
    return send_one(Offer.objects.unmailed(), offer_id, write=partial(_offer_mail, at=at), at=at)


def mail_handovers(*, at: datetime) -> int:
    """Drains the outbox of handovers; says how many mails left."""
    return send_waiting(Handover.objects.unmailed(), write=partial(_handover_mail, at=at), at=at)


def mail_handover(handover_id: int, *, at: datetime) -> bool:
    """Mails a handover with its own link; False if another worker has it, or if it could not leave."""
    return send_one(Handover.objects.unmailed(), handover_id, write=partial(_handover_mail, at=at), at=at)


type Step = Callable[[DocumentDelivery, datetime], None]


def _step(invoice_id: int, at: datetime, step: Step) -> bool:
    """One claimed step: what it raises is written down, and the row waits for its next attempt."""
    try:
        with transaction.atomic():
            row = _claimed(invoice_id)
            if row is None:
                return False
            step(row, at)
            row.last_error = ""
            row.save()
    except Exception as error:
        log.exception("Document %s could not be delivered", invoice_id)
        _note_failure(invoice_id, error, at=at)
        return False
    return True


def _claimed(invoice_id: int) -> DocumentDelivery | None:
    return (
        DocumentDelivery.objects.select_related("invoice__client", "invoice__seller")
        .select_for_update(skip_locked=True, of=("self",))
        .filter(invoice=invoice_id)
        .first()
    )


def _note_failure(invoice_id: int, error: Exception, *, at: datetime) -> None:
    row = DocumentDelivery.objects.get(invoice=invoice_id)
    wait = min(FIRST_RETRY * 2**row.attempts, LONGEST_RETRY)
    row.attempts += 1
    row.last_error = f"{type(error).__name__}: {error}"[:300]
    row.next_attempt_at = at + wait
    row.save(update_fields=["attempts", "last_error", "next_attempt_at"])


def _render(row: DocumentDelivery, at: datetime) -> None:
    if row.rendered_at:
        return
    content = render_invoice(row.invoice)
    DocumentFile.objects.create(
        invoice=row.invoice,
        format=DocumentFile.Format.PDF,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        made_at=at,
    )
    keep_e_invoice(row.invoice, at=at)
    row.rendered_at = at


def _mail(row: DocumentDelivery, at: datetime) -> None:
    if row.sent_at or not row.recipient:
        return
    invoice = row.invoice
    with translation.override(invoice.language):
        words = words_in(invoice.language)
        text = render_to_string("billing/mail/invoice.txt", {"invoice": invoice, "words": words})
    mail = EmailMessage(
        subject=f"{words[invoice.kind]} {invoice.number}",
        body=text,
        to=[row.recipient],
        reply_to=_reply_to(invoice.seller_frozen.get("email", "")),
    )
    for name, content, kind in attachments_of(invoice):
        mail.attach(name, content, kind)
    mail.send()
    row.sent_at = at


def _offer_mail(offer: Offer, *, at: datetime) -> EmailMessage:
    secret = link_to_offer(offer, by=None, at=at)
    url = f"{settings.BASE_URL}{reverse('billing:offer_link', args=[secret])}"
    language = offer.document["language"]
    with translation.override(language):
        text = render_to_string("billing/mail/offer.txt", {"offer": offer, "url": url})
    mail = EmailMessage(
        subject=" ".join(f"{words_in(language)['offer']} {offer.number}: {offer.title}".split()),
        body=text,
        to=[offer.recipient],
        reply_to=_reply_to(offer.document["seller"].get("email", "")),
    )
    mail.attach(f"{offer.number.replace('/', '-')}.pdf", render_offer(offer), PDF)
    return mail


def _handover_mail(handover: Handover, *, at: datetime) -> EmailMessage:
    secret = link_to_handover(handover, by=None, at=at)
    url = f"{settings.BASE_URL}{reverse('billing:handover_link', args=[secret])}"
    document = handover.document
    with translation.override(document["language"]):
        text = render_to_string("billing/mail/handover.txt", {"document": document, "url": url})
        subject = gettext("Handover %(number)s: %(title)s") % document
    return EmailMessage(
        subject=subject, body=text, to=[handover.recipient], reply_to=_reply_to(document["seller"].get("email", ""))
    )


def _reply_to(address: str) -> list[str]:
    return [address] if address else []
