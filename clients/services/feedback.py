"""Complaints and praise: written down at once, the answer's deadline kept as a promise, settled in words."""

from datetime import date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, Complaint, Contact, Praise, Promise, TierPolicy
from clients.rules.sla import response_due_at
from clients.rules.tiers import DEFAULT_TIERS
from clients.services.calendars import country_holidays
from clients.services.promises import keep_promise, make_promise
from crm.models import User
from crm.periods import add_working_days


@transaction.atomic
def log_complaint(complaint: Complaint, *, by: User, at: datetime, answer_due_at: datetime | None = None) -> Complaint:
    """Saves a complaint with the promise of an answer: until the moment given, else within the tier's first response.

    An old complaint that is entered later gets a promise only if a moment is given.
    """
    complaint.logged_by = by
    check_contact(complaint)
    due_at = answer_due_at or _response_due(complaint, at)
    if due_at and complaint.resolved_on is None:
        complaint.promise = make_promise(
            complaint.client,
            text=str(_("Answer the complaint: %(text)s") % {"text": complaint.text})[:300],
            due_at=due_at,
            due_is_day=False,
            by=complaint.client.account_manager or by,
            at=at,
            contact=complaint.contact,
            source=Promise.Source.SLA,
        )
    complaint.full_clean(exclude=["promise"])
    complaint.save()
    return complaint


@transaction.atomic
def change_complaint(complaint: Complaint, *, at: datetime) -> Complaint:
    """Saves a changed complaint; settling it keeps the promise of an answer."""
    check_contact(complaint)
    complaint.full_clean(exclude=["promise"])
    complaint.save()
    promise = complaint.promise
    if complaint.resolved_on and promise and not promise.kept_at and not promise.withdrawn_at:
        keep_promise(promise, kept_at=at, at=at)
    return complaint


def log_praise(praise: Praise, *, by: User) -> Praise:
    praise.logged_by = by
    check_contact(praise)
    praise.full_clean()
    praise.save()
    return praise


class OfClient(Protocol):
    """A row of a client that may name a person there."""

    @property
    def contact(self) -> Contact | None: ...

    @property
    def client(self) -> Client: ...


def check_contact(row: OfClient) -> None:
    """Raises `other` at the contact who does not belong to the client of the row."""
    if row.contact and not row.contact.is_of(row.client):
        error = ValidationError(_("This person belongs to another client."), code="other")
        raise ValidationError({"contact": error})


def first_response_due(client: Client, *, at: datetime) -> datetime:
    """By when the tier wants the first answer: business hours from a moment, without our company's public holidays."""
    hours = TierPolicy.objects.filter(tier=client.tier).values_list("first_response_hours", flat=True).first()
    zone = ZoneInfo(timezone.get_current_timezone_name())
    wanted = hours or DEFAULT_TIERS[client.tier]["first_response_hours"]
    return response_due_at(at, business_hours=wanted, zone=zone, holidays=free_days(client, at=at))


def came_lately(client: Client, on: date, *, at: datetime) -> bool:
    """Whether a day is today or one working day ago: what came before is entered for the record, not to be answered."""
    return timezone.localdate(at) <= add_working_days(on, 1, holidays=free_days(client, at=at))


def free_days(client: Client, *, at: datetime) -> frozenset[date]:
    """Public holidays where our company is that serves the client, in the year of a moment and the next."""
    country = client.default_seller.country if client.default_seller else client.country
    return country_holidays(country, (at.year, at.year + 1))


def _response_due(complaint: Complaint, at: datetime) -> datetime | None:
    """The tier's first response counted from now."""
    lately = came_lately(complaint.client, complaint.received_on, at=at)
    return first_response_due(complaint.client, at=at) if lately else None
