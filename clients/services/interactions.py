"""Interactions: a touch is logged at once, moves the last two-way contact and settles what it was owed for."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Interaction
from clients.rules.secrets import looks_secret, mask_secrets
from clients.services.attention import note_touch
from clients.services.call_backs import drop_call_back, keep_call_backs, note_missed
from clients.services.distance import note_gifts
from clients.services.first_orders import review_plan
from clients.services.first_responses import drop_first_response, keep_first_responses, note_first_response
from clients.services.meetings import settle_meetings
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@transaction.atomic
def log_interaction(
    client: Client,
    *,
    by: User,
    occurred_at: datetime,
    at: datetime,
    contacts: Collection[Contact] = (),
    employees: Collection[User] = (),
    not_secret: bool = False,
    **fields: Any,
) -> Interaction:
    """Logs what has happened (other fields as on `Interaction`); without `employees` it was the writer.

    A touch in the future, or with people of another client, is refused with the field named. What looks like a
    credential is taken out of the summary unless the writer says that it is none: it is never stored.
    """
    row = Interaction(client=client, logged_by=by, occurred_at=occurred_at, **fields)
    _mask(row, not_secret)
    _take_in(row)
    _check(row, contacts=contacts, at=at)
    row.save()
    row.contacts.set(contacts)
    row.employees.set(employees or [by])
    note_missed(row, contacts=contacts, employees=employees or [by], at=at)
    note_first_response(row, employees=employees or [by], at=at)
    _follow(row, contacts, at)
    settle_meetings(row, at=at)
    return row


@transaction.atomic
def change_interaction(
    row: Interaction,
    *,
    at: datetime,
    contacts: Collection[Contact] | None = None,
    employees: Collection[User] = (),
    not_secret: bool = False,
) -> Interaction:
    """Saves a corrected interaction; its people are left alone where they are not given.

    A call that turns out to be missed is owed a call back, one that was taken after all is not; so with first answers.
    """
    _mask(row, not_secret)
    _take_in(row)
    _check(row, contacts=contacts or (), at=at)
    row.save()
    if contacts is not None:
        row.contacts.set(contacts)
    if employees:
        row.employees.set(employees)
    people = list(row.contacts.all())
    drop_call_back(row, at=at)
    drop_first_response(row, at=at)
    note_missed(row, contacts=people, employees=list(row.employees.all()), at=at)
    note_first_response(row, employees=list(row.employees.all()), at=at)
    _follow(row, people, at)
    return row


def warnings_of(text: str) -> "list[str | _StrPromise]":
    """What the writer should know about the summary; nothing is refused, because reality is always logged."""
    if not looks_secret(text):
        return []
    return [_("This looks like a password or a key. Credentials are not stored here: take it out of the summary.")]


def _follow(row: Interaction, contacts: Collection[Contact], at: datetime) -> None:
    """What a touch settles or asks for."""
    note_touch(row, at=at)
    keep_call_backs(row, contacts=contacts, at=at)
    keep_first_responses(row, contacts=contacts, at=at)
    review_plan(row.client, at=at)
    note_gifts(row, at=at)


def _take_in(row: Interaction) -> None:
    """A missed call came from the client, whatever the form says of the direction."""
    if row.is_missed and row.kind == Interaction.Kind.CALL:
        row.direction = Interaction.Direction.IN


def _mask(row: Interaction, not_secret: bool) -> None:
    if not not_secret:
        row.summary = mask_secrets(row.summary)


def _check(row: Interaction, *, contacts: Collection[Contact], at: datetime) -> None:
    row.full_clean(exclude=["logged_by"])
    if row.occurred_at > at:
        raise ValidationError({"occurred_at": ValidationError(_("This has not happened yet."), code="future")})
    if not all(contact.is_of(row.client) for contact in contacts):
        raise ValidationError({"contacts": ValidationError(_("This person belongs to another client."), code="other")})
