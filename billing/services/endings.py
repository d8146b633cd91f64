"""The end of hours: packages expire and allowances close at midnight after their last valid day.

What pending work of a valid day needs stays reserved until that work is approved, rejected or deleted; then the rest
ends. Each account is ended under its own lock and by what is left of it, so a second run finds nothing to do.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, LedgerRow, Retainer, RetainerPeriod
from billing.rules.expiry import expire, expires_on_run
from billing.services import ledger
from billing.services.allowances import close_allowance, following_allowance
from billing.services.figures import refresh_hours
from billing.services.retainers import open_periods
from billing.services.terms import ONE_DAY, allowance_end
from crm.models import User


def end_hours(*, on: date, at: datetime) -> int:
    """Ends all that is due by the day, oldest first; says how many accounts had something to end. Safe to run twice."""
    packages = HourPackage.objects.ended(on=on).order_by("expires_on", "pk").values_list("account", flat=True)
    for retainer in Retainer.objects.filter(status=Retainer.Status.ACTIVE, starts_on__lte=on):
        open_periods(retainer, on=on, by=None, at=at)
    periods = _begun(on).order_by("starts_on", "pk")
    ended = [pk for pk in packages if _expire_alone(pk, on=on, at=at)]
    closed = [period for period in periods if _close(period, on=on, by=None, at=at)]
    clients = {row.client for row in HourPackage.objects.filter(account__in=ended).select_related("client")}
    refresh_hours(clients, on=on)
    return len(ended) + len(closed)


@transaction.atomic
def expire_package(package: HourPackage, *, on: date, by: User | None, at: datetime) -> LedgerRow | None:
    """Expires what nobody needs any more; None where nothing is left. ValidationError `not_due` while it is valid."""
    account = ledger.lock_accounts([package.account_id])[package.account_id]
    row = HourPackage.objects.get(pk=package.pk)
    if row.expires_on is None or not expires_on_run(row.expires_on, on=on):
        raise ValidationError(_("This package is still valid."), code="not_due")
    found = expire(account.balance_minutes, pending=ledger.reserved_minutes(account.pk))
    if not found.expired or row.voided_on:
        return None
    kind = LedgerRow.Kind.EXPIRY
    number = ledger.next_generation(account.pk, kind)
    expiry = ledger.end_row(
        account.pk, kind, minutes=found.expired, generation=number, on=row.expires_on + ONE_DAY, by=by, at=at
    )
    return ledger.book_rows([expiry])[0]


def end_touched(account_ids: Collection[int], *, on: date, by: User | None, at: datetime) -> None:
    """Ends what pending work had held on accounts that are over, after it was approved, rejected or deleted."""
    if not account_ids:
        return
    touched = _with_following(account_ids)
    ledger.lock_accounts(touched)
    for package in HourPackage.objects.ended(on=on).filter(account__in=touched):
        expire_package(package, on=on, by=by, at=at)
    for period in _begun(on).filter(account__in=touched).order_by("starts_on", "pk"):
        _close(period, on=on, by=by, at=at)


def _with_following(account_ids: Collection[int]) -> set[int]:
    """Also the accounts into which hours of these were carried: pending work held what it would fetch back there."""
    found, fresh = set(account_ids), set(account_ids)
    while fresh:
        carried = LedgerRow.objects.carried(carried_from__account__in=fresh, reversal=None)
        fresh = set(carried.values_list("account", flat=True)) - found
        found |= fresh
    return found


def _begun(on: date) -> "QuerySet[RetainerPeriod]":
    rows = RetainerPeriod.objects.filter(account__isnull=False, starts_on__lt=on).exclude(account__balance_minutes=0)
    return rows.select_related("retainer__client", "account")


def _close(period: RetainerPeriod, *, on: date, by: User | None, at: datetime) -> bool:
    """Closes an allowance that is over, then the next one: hours went into it, or are no longer held there."""
    if allowance_end(period) >= on or not close_allowance(period, by=by, at=at):
        return False
    following = following_allowance(period)
    if following:
        _close(following, on=on, by=by, at=at)
    return True


def _expire_alone(account_id: int, *, on: date, at: datetime) -> bool:
    """One package in its own transaction; one that was extended meanwhile is left alone."""
    try:
        return expire_package(HourPackage.objects.get(account=account_id), on=on, by=None, at=at) is not None
    except ValidationError:
        return False
