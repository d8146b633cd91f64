"""Corrections of hours whose work is locked: a row dated today gives minutes back to the package that paid for them.

Where that package has expired, they go to a grace package of thirty days. What was invoiced itself stays as it is.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from billing.models import HourPackage, LedgerRow, TimeEntry
from billing.rules.expiry import expires_on_run, grace_until
from billing.services import ledger
from billing.services.figures import refresh_hours
from billing.services.locks import time_locked_until
from billing.services.waiting import cover_waiting, lock_waiting
from crm.access import Role
from crm.models import User


@dataclass(frozen=True, slots=True)
class Correction:
    """The row that gives minutes back, and the package it stands on: the entry's own or its grace."""

    row: LedgerRow
    package: HourPackage


@transaction.atomic
def credit_hours(
    entry: TimeEntry, package: HourPackage, *, minutes: int, reason: str, by: User, on: date, at: datetime
) -> Correction:
    """Gives back minutes that the entry drew from the package, at most what is left of them.

    PermissionDenied for who is neither partner, finance nor the client's keeper. ValidationError `required` without a
    reason, `wrong_status` while the entry itself can still be changed, `balance_limit` for more than it drew.
    """
    if not (by.is_in(Role.PARTNER, Role.FINANCE) or HourPackage.objects.changeable_by(by).filter(pk=package.pk)):
        raise PermissionDenied(_("The client's account manager or finance corrects hours."))
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    waiting = lock_waiting(package.client)
    locked = TimeEntry.objects.locked().get(pk=entry.pk)
    row = HourPackage.objects.locked().select_related("client", "seller").get(pk=package.pk)
    ledger.lock_accounts([row.account_id])
    _check(locked, row, minutes)
    correction = _give_back(locked, row, minutes, reason.strip(), by=by, on=on, at=at)
    cover_waiting(waiting, by=by, at=at)
    refresh_hours([row.client], on=on)
    return correction


def creditable_minutes(entry: TimeEntry, package: HourPackage) -> int:
    """What the entry drew from the package and no reversal or correction has given back."""
    own = LedgerRow.objects.filter(entry=entry.pk)
    drawn = own.filter(account=package.account_id, kind__in=[LedgerRow.Kind.DRAW, LedgerRow.Kind.REVERSAL])
    given = own.filter(
        Q(account=package.account_id, kind=LedgerRow.Kind.ADJUSTMENT)
        | Q(kind=LedgerRow.Kind.ADJUSTMENT, account__package__grace_of=package.pk)
    )
    sums = [rows.aggregate(total=Sum("minutes"))["total"] or 0 for rows in (drawn, given)]
    return -sums[0] - sums[1]


def frozen_entries(ids: Collection[int]) -> set[int]:
    """Booked work that changes by a correction only: invoiced, on a statement of the client, or of a closed day."""
    frozen = Q(status=TimeEntry.Status.INVOICED) | Q(pk__in=TimeEntry.objects.on_issued_statement().values("pk"))
    if closed := time_locked_until():
        frozen |= Q(worked_on__lte=closed)
    return set(TimeEntry.objects.booked().filter(frozen, pk__in=ids).values_list("pk", flat=True))


def _check(entry: TimeEntry, package: HourPackage, minutes: int) -> None:
    if not frozen_entries([entry.pk]):
        raise ValidationError(_("This work is not locked: change the entry itself."), code="wrong_status")
    if minutes < 1:
        raise ValidationError({"minutes": ValidationError(_("Give back at least one minute."), code="min_value")})
    left = creditable_minutes(entry, package)
    if minutes > left:
        raise ValidationError(_("Only %(left)s min were drawn for it."), code="balance_limit", params={"left": left})


def _give_back(
    entry: TimeEntry, package: HourPackage, minutes: int, reason: str, *, by: User, on: date, at: datetime
) -> Correction:
    over = expires_on_run(package.expires_on, on=on)
    target = _grace(package, minutes, reason, on=on) if over else package
    row = ledger.correction_row(target.account_id, entry, minutes=minutes, reason=reason, on=on, by=by, at=at)
    return Correction(ledger.book_rows([row])[0], target)


def _grace(package: HourPackage, minutes: int, reason: str, *, on: date) -> HourPackage:
    """A granted package that opens empty: the correction itself fills it."""
    grace = HourPackage(
        client=package.client,
        seller=package.seller,
        name=_("%(package)s, correction") % {"package": package.name},
        kind=HourPackage.Kind.GRANTED,
        grant_reason=reason[:200],
        grace_of=package,
        account=ledger.open_account(package.client),
        purchased_minutes=minutes,
        price=Decimal(0),
        currency=package.currency,
        price_includes_tax=package.price_includes_tax,
        valid_from=on,
        expires_on=grace_until(on),
        draw_on_log=package.draw_on_log,
    )
    grace.save(force_insert=True)
    grace.service_lines.set(package.service_lines.all())
    return grace
