"""Inquiries of people without a direct channel: routed with a reply and a promise, ended with what came of them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clients.models import DirectChannelGrant, Inquiry, Interaction, Promise, ServiceLine
from clients.services.feedback import check_contact, first_response_due
from clients.services.first_responses import answer_client
from clients.services.promises import keep_promise, make_promise
from crm.db import worded
from crm.models import User


@transaction.atomic
def route_inquiry(inquiry: Inquiry, *, by: User, at: datetime, answer_due_at: datetime | None = None) -> Inquiry:
    """Takes an inquiry down with the promise of its owner to answer: until the moment given, else within the tier's
    first response. What the client was told is the first answer to the mail or call that it came by.

    `future` for what has not come yet, `inactive` for an owner who no longer works here.
    """
    check_contact(inquiry)
    if inquiry.received_at > at:
        raise ValidationError({"received_at": ValidationError(_("This has not happened yet."), code="future")})
    inquiry.logged_by, inquiry.currency = by, inquiry.currency or inquiry.client.currency
    inquiry.full_clean()
    if not inquiry.owner.is_active or inquiry.owner.is_service:
        raise ValidationError({"owner": ValidationError(_("This person no longer works here."), code="inactive")})
    inquiry.promise = make_promise(
        inquiry.client,
        text=str(_("Answer: %(text)s") % {"text": inquiry.text})[:300],
        due_at=answer_due_at or first_response_due(inquiry.client, at=at),
        due_is_day=False,
        by=inquiry.owner,
        at=at,
        contact=inquiry.contact,
        source=Promise.Source.SLA,
    )
    inquiry.save()
    people = [inquiry.contact] if inquiry.contact else []
    answer_client(inquiry.client, contacts=people, answered_at=at, at=at)
    return inquiry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What came of an inquiry; `sold` is net, in the client's currency."""

    outcome: str
    answer: str = ""
    minutes: int = 0
    service_line: ServiceLine | None = None
    sold: Decimal | None = None


@transaction.atomic
def end_inquiry(inquiry: Inquiry, ending: Ending, *, at: datetime) -> Inquiry:
    """Ends an inquiry with an answer or a sale, which keeps its promise. `already_done` the second time."""
    row = Inquiry.objects.locked().get(pk=inquiry.pk)
    if row.outcome:
        raise ValidationError(_("This inquiry has ended already."), code="already_done")
    row.outcome, row.answer, row.minutes = ending.outcome, ending.answer.strip(), ending.minutes
    row.service_line, row.sold, row.ended_at = ending.service_line or row.service_line, ending.sold, at
    row.full_clean()
    with worded():
        row.save()
    if row.promise and not row.promise.kept_at and not row.promise.withdrawn_at:
        keep_promise(row.promise, kept_at=at, at=at)
    return row


@transaction.atomic
def end_by_sale(inquiry: Inquiry, *, outcome: str, at: datetime) -> Inquiry:
    """Ends an open inquiry as the sale that an upper floor has linked to it; one that ended as such a sale stays so.

    `wrong_status` for one that ended otherwise.
    """
    row = Inquiry.objects.locked().get(pk=inquiry.pk)
    if not row.outcome:
        return end_inquiry(row, Ending(outcome=outcome), at=at)
    if row.outcome not in (outcome, Inquiry.Outcome.QUESTION_LIST):
        raise ValidationError(_("This inquiry ended otherwise."), code="wrong_status")
    return row


def lacks_channel(row: Interaction) -> bool:
    """Whether somebody came directly who holds none of our direct channels: that is routed, never dropped."""
    if (row.direction, row.via) != (Interaction.Direction.IN, Interaction.Via.DIRECT) or row.is_missed:
        return False
    return not DirectChannelGrant.objects.current().filter(contact__in=row.contacts.all()).exists()


def write_sale(inquiry: Inquiry, *, service_line: ServiceLine | None, sold: Decimal | None) -> None:
    """Facts flow down: what came of an inquiry, net; without a service nothing can be said to be sold of it."""
    row = Inquiry.objects.locked().get(pk=inquiry.pk)
    row.service_line = service_line or row.service_line
    row.sold = sold if row.service_line else None
    row.save(update_fields=["service_line", "sold"])
