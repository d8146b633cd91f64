"""Celery edges of billing: each takes ids or nothing, makes one service call and may run twice."""

from celery import shared_task
from django.utils import timezone

from billing.documents import delivery
from billing.services import fees, offers, retainers
from billing.services.client_figures import refresh_money


@shared_task
def deliver_document(invoice_id: int) -> None:
    delivery.deliver_document(invoice_id, at=timezone.now())


@shared_task
def deliver_documents() -> None:
    """Drains the outbox of issued documents; beat calls it too, so a lost message only delays."""
    delivery.deliver_due(at=timezone.now())


@shared_task
def mail_offer(offer_id: int) -> None:
    delivery.mail_offer(offer_id, at=timezone.now())


@shared_task
def mail_offers() -> None:
    """Drains the outbox of offers."""
    delivery.mail_offers(at=timezone.now())


@shared_task
def refresh_money_figures(client_id: int) -> None:
    refresh_money([client_id], on=timezone.localdate())


@shared_task
def draft_due_fees() -> None:
    fees.draft_due_fees(on=timezone.localdate(), at=timezone.now())


@shared_task
def look_after_agreements() -> None:
    """Ends what has run out and announces what is about to."""
    on, at = timezone.localdate(), timezone.now()
    offers.expire_offers(on=on)
    retainers.close_ended_retainers(on=on)
    fees.remind_renewals(on=on, at=at)
