"""Promises: made, kept, moved and withdrawn; each act takes the row's lock and checks that it still stands as seen."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Absence, Client, Contact, Promise, PromiseDate
from clients.rules import promises as rules
from clients.services.escalations import escalate_promise
from clients.services.promise_rates import chain_of, refresh_promises
from crm.access import may
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


REOPEN_WITHIN = timedelta(minutes=10)
REDATE_REFUSED: "Mapping[rules.RedateProblem, tuple[str, _StrPromise, str]]" = {
    rules.RedateProblem.THIRD_DATE: (
        "",
        _("The second date must be kept. Only a partner may allow a third one."),
        "needs_decision",
    ),
    rules.RedateProblem.NOT_LATER: ("due_at", _("The new date must come after the one it replaces."), "order"),
    rules.RedateProblem.ABSENT: (
        "due_at",
        _("The maker is away on that day and nobody stands in. Choose another day, or name a deputy."),
        "absence_needs_deputy",
    ),
}


def end_of_day(on: date) -> datetime:
    """The last moment of a day in the firm's time zone: a date alone means that."""
    return rules.end_of_day(on, ZoneInfo(timezone.get_current_timezone_name()))


@transaction.atomic
def make_promise(
    client: Client,
    *,
    text: str,
    due_at: datetime,
    by: User,
    at: datetime,
    due_is_day: bool = True,
    contact: Contact | None = None,
    source: str = Promise.Source.CALL,
) -> Promise:
    """Writes a promise down; `due_at` is the last moment that counts as in time (see `end_of_day`)."""
    if contact and not contact.is_of(client):
        raise _refused("contact", _("This person belongs to another client."), "other")
    promise = Promise(
        client=client,
        contact=contact,
        text=text.strip(),
        due_at=due_at,
        due_is_day=due_is_day,
        current_due_at=due_at,
        made_by=by,
        made_at=at,
        source=source,
    )
    promise.full_clean()
    promise.save()
    return promise


@transaction.atomic
def keep_promise(promise: Promise, *, kept_at: datetime, at: datetime) -> Promise:
    """Marks a promise as done at a moment that has come; late is recorded as late."""
    row = open_row(promise)
    _check_past("kept_at", kept_at, at)
    row.kept_at = kept_at
    row.save(update_fields=["kept_at"])
    escalate_promise(row, at=at)
    refresh_promises([row.client_id], at=at)
    return row


@transaction.atomic
def redate_promise(
    promise: Promise,
    *,
    due_at: datetime,
    reason: str,
    by: User,
    at: datetime,
    client_informed_at: datetime | None = None,
    client_agreed_at: datetime | None = None,
) -> PromiseDate:
    """Adds a date to the chain. The second one must be kept, so a third needs a partner (`needs_decision`).

    On a day on which the maker is away somebody must stand in (`absence_needs_deputy`).

    `promise` must be as its caller saw it: when somebody else has moved it meanwhile, `already_done`.
    """
    row = open_row(promise)
    _check_date(row, due_at, by=by)
    for name, moment in (("client_informed_at", client_informed_at), ("client_agreed_at", client_agreed_at)):
        if moment:
            _check_past(name, moment, at)
    step = PromiseDate(
        promise=row,
        position=row.dates.count() + 2,
        due_at=due_at,
        reason=reason.strip(),
        client_informed_at=client_informed_at,
        client_agreed_at=client_agreed_at,
        made_by=by,
        made_at=at,
    )
    step.full_clean()
    step.save()
    row.current_due_at, row.on_track_at = due_at, None
    row.save(update_fields=["current_due_at", "on_track_at"])
    escalate_promise(row, at=at)
    refresh_promises([row.client_id], at=at)
    return step


@transaction.atomic
def mark_on_track(promise: Promise, *, at: datetime) -> Promise:
    """The maker says that it will be kept, so nobody asks again before its date; another date asks anew."""
    row = open_row(promise)
    row.on_track_at = at
    row.save(update_fields=["on_track_at"])
    return row


@transaction.atomic
def withdraw_promise(promise: Promise, *, at: datetime) -> Promise:
    """The client no longer wants it; then it measures nobody."""
    row = open_row(promise)
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    refresh_promises([row.client_id], at=at)
    return row


@transaction.atomic
def reopen_promise(promise: Promise, *, at: datetime) -> Promise:
    """Takes back "done" or "withdrawn" after a slip of the finger: within ten minutes, later it is history.

    `already_done` where it is open, `wrong_status` afterwards.
    """
    row = Promise.objects.locked().get(pk=promise.pk)
    if row.kept_at is None and row.withdrawn_at is None:
        raise ValidationError(_("This promise is open."), code="already_done")
    if at - row.updated_at > REOPEN_WITHIN:
        raise ValidationError(_("It ended more than ten minutes ago: that stays as it is."), code="wrong_status")
    row.kept_at = row.withdrawn_at = None
    row.save(update_fields=["kept_at", "withdrawn_at"])
    refresh_promises([row.client_id], at=at)
    return row


def open_row(promise: Promise) -> Promise:
    """The locked row, provided that it is open and still has the date that the caller saw."""
    row = Promise.objects.locked().get(pk=promise.pk)
    if row.kept_at:
        raise ValidationError(_("This promise is kept already."), code="already_done")
    if row.withdrawn_at:
        raise ValidationError(_("The client has withdrawn this promise."), code="wrong_status")
    if row.current_due_at != promise.current_due_at:
        raise ValidationError(_("Somebody else has just moved this promise."), code="already_done")
    return row


def _check_date(row: Promise, due_at: datetime, *, by: User) -> None:
    """A second date must hold, so nobody moves it but a partner, and somebody has to be there on its day."""
    away = Absence.objects.current(on=timezone.localdate(due_at)).filter(user=row.made_by)
    deputies = list(away.values_list("deputy", flat=True))
    problem = rules.redate_problem(
        chain_of(row),
        due_at,
        by_partner=may(by, "promise.third_date"),
        maker_absent=bool(deputies),
        has_deputy=None not in deputies,
    )
    if problem:
        name, message, code = REDATE_REFUSED[problem]
        raise _refused(name, message, code) if name else ValidationError(message, code=code)


def _check_past(name: str, moment: datetime, at: datetime) -> None:
    if moment > at:
        raise _refused(name, _("This has not happened yet."), "future")


def _refused(name: str, message: "_StrPromise", code: str) -> ValidationError:
    return ValidationError({name: ValidationError(message, code=code)})
