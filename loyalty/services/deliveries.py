"""Surveys after a delivery: who received a hand-over or whose engagement closed is asked some days later, once.

One survey gathers a month of deliveries. The pauses of every survey hold; who is left out stands in it with reasons.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext_noop

from billing.models import Engagement, Offer
from clients.models import Contact
from clients.models.client import holder_of
from clients.services.keepers import first_partner
from crm.models import User
from loyalty.models import DeliveryAsk, LoyaltyPolicy, Survey
from loyalty.rules.surveys import Reason
from loyalty.services.audience import SERVED, matching, sort_out
from loyalty.services.surveys import add_people, month_survey

LOOK_BACK = timedelta(days=14)
"""An older delivery is not asked about: who would remember it, and switching this on asks nobody about the past."""
AFTER_DELIVERIES = gettext_noop("After deliveries, %(month)s")
Event = DeliveryAsk.Event


class Delivery(NamedTuple):
    """`recipient` is the address that the hand-over went to; empty if nobody in particular received it."""

    event: str
    object_id: int
    client: int
    delivered_on: date
    recipient: str = ""


def ask_after_deliveries(*, on: date, at: datetime) -> int:
    """Queues mails to the people of deliveries that are due and were not asked about; says how many. Safe to repeat."""
    policy, partner = LoyaltyPolicy.load(), first_partner()
    if not policy.survey_after_delivery or partner is None:
        return 0
    last = on - timedelta(days=policy.survey_delivery_days)
    known = set(DeliveryAsk.objects.values_list("event", "object_id"))
    due = [each for each in _deliveries(last - LOOK_BACK, last) if (each.event, each.object_id) not in known]
    return sum(_ask(delivery, by=partner, on=on, at=at) for delivery in due)


@transaction.atomic
def _ask(delivery: Delivery, *, by: User, on: date, at: datetime) -> int:
    kind = Survey.Kind.TRANSACTIONAL
    survey = month_survey("deliveries_of_on", AFTER_DELIVERIES, kind=kind, by=by, on=on, at=at)
    if survey.state == Survey.State.CLOSED:
        return 0
    ask, made = DeliveryAsk.objects.get_or_create(
        event=delivery.event,
        object_id=delivery.object_id,
        defaults={
            "survey": survey,
            "client_id": delivery.client,
            "delivered_on": delivery.delivered_on,
            "asked_at": at,
        },
    )
    if not made:
        return 0
    people, skipped = _people(delivery, survey)
    found = sort_out(people, kind="transactional", on=on)
    excluded = [*found.excluded, *skipped]
    add_people(survey, found.people, at=at)
    survey.excluded = [
        *survey.excluded,
        *({"contact": contact.pk, "reasons": list(reasons)} for contact, reasons in excluded),
    ]
    survey.save(update_fields=["excluded"])
    ask.people_count, ask.excluded_count = len(found.people), len(excluded)
    ask.save(update_fields=["people_count", "excluded_count"])
    return len(found.people)


def _people(delivery: Delivery, survey: Survey) -> tuple[list[Contact], list[tuple[Contact, tuple[Reason, ...]]]]:
    """Whoever received it, or why they cannot be asked; if nobody has that address, all of the client, deciders first.

    A recipient whom we know and cannot ask is not replaced by others, who saw nothing of it.
    """
    rows = list(matching(survey, client=delivery.client))
    received = Contact.objects.filter(
        client=delivery.client, client__status__in=SERVED, email__iexact=delivery.recipient
    )
    known = list(received.select_related("client")) if delivery.recipient else []
    if not known:
        return rows, []
    asked = [contact for contact in rows if contact in known]
    return asked, [(contact, (_missed(contact),)) for contact in known if contact not in asked]


def _missed(contact: Contact) -> Reason:
    return "has_left" if contact.left_on else "asked_here"


def _deliveries(first: date, last: date) -> Iterable[Delivery]:
    """Offers handed over, and engagements that closed."""
    days = (first, last)
    offers = (
        Offer.objects.delivered()
        .filter(closed_on__range=days)
        .select_related("handover", "client")
        .order_by("closed_on")
    )
    for offer in offers:
        if offer.closed_on:
            handover = getattr(offer, "handover", None)
            recipient = handover.recipient if handover else ""
            yield Delivery(Event.OFFER, offer.pk, offer.client.holder_id, offer.closed_on, recipient)
    closed = Engagement.objects.filter(closed_on__range=days).order_by("closed_on", "pk")
    for pk, client, day in closed.values_list("pk", holder_of(), "closed_on"):
        if day:
            yield Delivery(Event.ENGAGEMENT, pk, client, day)
