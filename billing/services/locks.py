"""Closed periods: nothing that was worked or dated in them changes any more; the newest lock counts.

The database refuses late changes of time by itself (a trigger on time entries); here the refusal gets its words.
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils.translation import gettext_lazy as _

from billing.models import PeriodLock
from billing.models.guards import CLOSING_KEY
from billing.rules.locks import LockProblem, is_locked, lock_problem
from clients.models import Seller
from crm.access import Role
from crm.db import worded
from crm.models import User


def time_locked_until() -> date | None:
    """The last day that is closed for time, if any."""
    lock = PeriodLock.objects.newest(PeriodLock.Kind.TIME)
    return lock.locked_until_on if lock else None


def check_time_open(*days: date) -> None:
    """ValidationError `period_locked` if one of the days is closed for time."""
    check_open(min(days), time_locked_until())


def check_open(day: date, closed: date | None) -> None:
    """ValidationError `period_locked` if the day lies in what is closed up to `closed`."""
    if closed and is_locked(day, closed):
        raise _locked(closed)


def check_documents_open(seller: Seller, *, on: date) -> None:
    """Holds the period open until commit. ValidationError `period_locked` if the seller's documents are closed then.

    Ask before anything else in the transaction: the database asks again (billing.models.guards), and whoever waits
    late, with rows locked, could wait in a ring.
    """
    hold_periods_open()
    lock = PeriodLock.objects.newest(PeriodLock.Kind.DOCUMENTS, seller=seller)
    if lock and is_locked(on, lock.locked_until_on):
        raise _locked(lock.locked_until_on)


def hold_periods_open() -> None:
    """Nobody closes a period until commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CLOSING_KEY])


def lock_period(lock: PeriodLock, *, by: User, at: datetime) -> PeriodLock:
    """Closes a period. An earlier date than the newest lock opens days again: a partner's act, with a reason."""
    newest = PeriodLock.objects.newest(lock.kind, seller=lock.seller)
    until = newest.locked_until_on if newest else None
    problem = lock_problem(until, lock.locked_until_on, by_partner=by.is_in(Role.PARTNER), reason=lock.reason)
    if problem is LockProblem.PARTNER_ONLY:
        raise PermissionDenied(_("Only a partner opens a closed period again."))
    if problem is LockProblem.REASON_MISSING:
        error = ValidationError(_("Say why the period is opened again."), code=problem.value)
        raise ValidationError({"reason": error})
    lock.made_by, lock.created_at = by, at
    with worded():
        lock.save(force_insert=True)
    return lock


def _locked(until: date) -> ValidationError:
    message = _("Everything up to %(until)s is closed.")
    return ValidationError(message, code="period_locked", params={"until": until.isoformat()})
