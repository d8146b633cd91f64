"""What this floor holds about a person of a client: documents that stay, and the few rows that do not."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models import (
    Attachment,
    BankEntry,
    DunningNotice,
    Handover,
    HandoverSignature,
    HourMessage,
    Invoice,
    InvoiceLine,
    MonthlyReport,
    Offer,
    OfferItem,
    OfferSignature,
    OverrunNotice,
    Payment,
    QuestionList,
    ServiceAct,
    ServiceActFile,
    ServiceActSignature,
    SignatureFile,
    TimeEntry,
)
from clients.rules.retention import Paper, keep_until
from clients.services.holdings import Holding, Keeping, Words, register_holding, register_keeping

DRAFT = Q(status=Offer.Status.DRAFT)

register_holding(
    Holding(
        "offers",
        _("Offers"),
        lambda person: Offer.objects.filter(contact__in=person.ids),
        ("number", "version", "title", "status", "recipient", "sent_at", "decided_at"),
        is_frozen=~DRAFT,
        right="offer.see",
    ),
    Holding(
        "signatures",
        _("Offers decided with a typed name"),
        lambda person: OfferSignature.objects.filter(offer__contact__in=person.ids),
        ("offer__number", "by_name", "accepted", "at", "address", "user_agent"),
        is_frozen=Q(),
        right="offer.see",
    ),
    Holding(
        "overrun_notices",
        _("Overrun notices"),
        lambda person: OverrunNotice.objects.filter(contact__in=person.ids),
        ("offer__number", "person", "informed_at", "channel", "decision", "note"),
        is_frozen=Q(),
        right="offer.see",
    ),
    Holding(
        "monthly_reports",
        _("Monthly reports"),
        lambda person: MonthlyReport.objects.filter(contact__in=person.ids),
        ("month_on", "recipient", "sent_at", "mailed_at"),
        is_frozen=Q(mailed_at__isnull=False),
        ends=lambda person, _at: MonthlyReport.objects.filter(contact__in=person.ids, mailed_at=None).delete(),
        right="monthly_report.see",
    ),
    Holding(
        "hour_messages",
        _("Messages about hours"),
        lambda person: HourMessage.objects.filter(contact__in=person.ids),
        ("recipient", "worked_on", "description", "used_minutes", "mailed_at"),
        is_frozen=Q(mailed_at__isnull=False),
        ends=lambda person, _at: HourMessage.objects.filter(contact__in=person.ids, mailed_at=None).delete(),
        right="time.see",
    ),
    Holding(
        "question_lists",
        _("Question lists"),
        lambda person: QuestionList.objects.filter(contact__in=person.ids),
        ("title", "status", "created_at"),
        right="question.see",
    ),
    Holding(
        "time_entries",
        _("Work done for the person"),
        lambda person: TimeEntry.objects.filter(contact__in=person.ids),
        ("worked_on", "billed_minutes", "description"),
        right="time.see",
    ),
    Holding(
        "attachments",
        _("Files of the clients, which nobody searched for the person"),
        lambda person: (
            Attachment.objects.filter(client__in=person.clients)
            | Attachment.objects.filter(offer__client__in=person.clients)
            | Attachment.objects.filter(retainer__client__in=person.clients)
            | Attachment.objects.filter(invoice__client__in=person.clients)
        ),
        ("kind", "name", "uploaded_at", "keep_until_on"),
        is_frozen=Q(),
        right="attachment.see",
    ),
)


def _country(row: Any) -> str:
    return str(row.seller.country)


def _day(moment: datetime | None, otherwise: date) -> date:
    return timezone.localdate(moment) if moment else otherwise


def _offer(offer: Offer) -> str:
    return f"{offer.number or offer.pk}, v{offer.version}"


def _offer_until(offer: Offer) -> date:
    on = _day(offer.decided_at or offer.sent_at, timezone.localdate(offer.created_at))
    return keep_until(Paper.LETTER, on, country=_country(offer))


def _invoice_until(invoice: Invoice) -> date:
    on = invoice.issued_on or timezone.localdate(invoice.created_at)
    return keep_until(Paper.VOUCHER, on, country=_country(invoice))


def _of_offer(model: type[Model], label: Words, offer: Callable[[Any], Offer]) -> Keeping:
    return Keeping(model, label, lambda row: _offer(offer(row)), lambda row: _offer_until(offer(row)))


def _act_until(act: ServiceAct) -> date:
    return keep_until(Paper.VOUCHER, act.acted_on, country=_country(act))


register_keeping(
    _of_offer(Offer, _("Offer"), lambda row: row),
    _of_offer(OfferItem, _("Offer"), lambda row: row.offer),
    _of_offer(OfferSignature, _("Signature of an offer"), lambda row: row.offer),
    _of_offer(SignatureFile, _("Scanned decision"), lambda row: row.signature.offer),
    _of_offer(OverrunNotice, _("Overrun notice"), lambda row: row.offer),
    _of_offer(Handover, _("Handover"), lambda row: row.offer),
    _of_offer(HandoverSignature, _("Acknowledged handover"), lambda row: row.handover.offer),
    Keeping(Invoice, _("Invoice"), lambda row: row.number or str(row.pk), _invoice_until),
    Keeping(
        InvoiceLine,
        _("Invoice"),
        lambda row: row.invoice.number or str(row.pk),
        lambda row: _invoice_until(row.invoice),
    ),
    Keeping(
        Attachment,
        _("File (what stands in it was not searched)"),
        lambda row: f"{row.get_kind_display()} {row.pk}",
        lambda row: row.keep_until_on,
    ),
    Keeping(ServiceAct, _("Act of services"), lambda row: row.number, _act_until),
    Keeping(ServiceActFile, _("Act of services"), lambda row: row.act.number, lambda row: _act_until(row.act)),
    Keeping(
        ServiceActSignature,
        _("Signature of an act"),
        lambda row: row.act.number,
        lambda row: _act_until(row.act),
        is_evidence=True,
    ),
    Keeping(
        HourMessage,
        _("Message about hours"),
        lambda row: row.worked_on.isoformat(),
        lambda row: keep_until(Paper.LETTER, row.worked_on, country=row.client.country),
        is_evidence=True,
    ),
    Keeping(
        DunningNotice,
        _("Reminder"),
        lambda row: row.dated_on.isoformat(),
        lambda row: keep_until(Paper.LETTER, row.dated_on, country=_country(row)),
    ),
    Keeping(
        Payment,
        _("Payment"),
        lambda row: row.received_on.isoformat(),
        lambda row: keep_until(Paper.VOUCHER, row.received_on, country=_country(row)),
    ),
    Keeping(
        BankEntry,
        _("Bank entry"),
        lambda row: row.booked_on.isoformat(),
        lambda row: keep_until(Paper.VOUCHER, row.booked_on, country=row.account.seller.country),
        is_evidence=True,
    ),
)
