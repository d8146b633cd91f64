"""The first accepted offer, package or retainer of a client opens the plan of the first weeks."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from billing.models import HourPackage, Invoice, Offer, OfferSignature, Retainer
from clients.services.first_orders import open_plan


def note_order(order: Offer | HourPackage | Retainer, *, at: datetime) -> None:
    """Opens the plan if the client ordered nothing before. Called once the order stands."""
    if any(rows.exists() for rows in _before(order)):
        return
    open_plan(order.client, ordered_on=timezone.localdate(at), occasion=_words(order), at=at)


def _before(order: Offer | HourPackage | Retainer) -> tuple[QuerySet[Any], ...]:
    """Whatever else the client agreed to, and what was invoiced without an order in this house."""
    family = order.client.holder.family
    signed = OfferSignature.objects.filter(accepted=True, offer__client__in=family)
    packages = HourPackage.objects.filter(client__in=family, kind=HourPackage.Kind.PAID, voided_on=None)
    retainers = Retainer.objects.filter(client__in=family).exclude(status=Retainer.Status.DRAFT)
    invoices = Invoice.objects.filter(client__in=family).exclude(issued_on=None)
    return (
        signed.exclude(offer=order.pk if isinstance(order, Offer) else 0),
        packages.exclude(pk=order.pk if isinstance(order, HourPackage) else 0),
        retainers.exclude(pk=order.pk if isinstance(order, Retainer) else 0),
        invoices,
    )


def _words(order: Offer | HourPackage | Retainer) -> str:
    return f"{order.number}, {order.title}" if isinstance(order, Offer) else order.name
