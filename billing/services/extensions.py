"""The last day of a package: told of in time, moved by a partner with a reason."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _

from billing.models import ExpiryNotice, HourPackage, PackageExtension
from billing.rules.expiry import notices_due
from billing.services import ledger
from billing.services.alerts import responsible
from billing.services.figures import refresh_hours
from billing.services.recovery import give_back_expired
from billing.services.waiting import cover_waiting, lock_waiting
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.access import Role
from crm.db import worded
from crm.models import User

KIND = "package_expiry"


@transaction.atomic
def extend_package(
    package: HourPackage, *, expires_on: date | None, reason: str, by: User, on: date, at: datetime
) -> HourPackage:
    """Moves the last day on; None means never. What had expired comes back and covers work that waited.

    PermissionDenied for all but a partner. ValidationError `required` without a reason, `invalid` for a day that is
    not later, `wrong_status` for a package that is void or never expires.
    """
    if not by.is_in(Role.PARTNER):
        raise PermissionDenied(_("Only a partner extends a package."))
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Write a reason."), code="required")})
    waiting = lock_waiting(package.client)
    row = HourPackage.objects.locked().get(pk=package.pk)
    ledger.lock_accounts([row.account_id])
    before = _last_day(row, expires_on)
    with worded():
        _note(row, before, expires_on, reason.strip(), by=by, at=at)
        row.expires_on = expires_on
        row.save(update_fields=["expires_on"])
        if expires_on is None or expires_on >= on:
            give_back_expired(row.account_id, by=by, at=at)
    settle_tasks(KIND, *_sources(row), at=at)
    cover_waiting(waiting, by=by, at=at)
    refresh_hours([row.client], on=on)
    return row


def announce_expiry(*, on: date, at: datetime) -> int:
    """Opens a task 60, 30 and 7 days before a package with hours left ends, each once; says how many are new."""
    ending = HourPackage.objects.valid(on=on).filter(expires_on__isnull=False, account__balance_minutes__gt=0)
    rows = ending.select_related("client__account_manager").prefetch_related("expiry_notices").order_by("pk")
    return sum(_announce(package, on=on, at=at) for package in rows)


@transaction.atomic
def _announce(package: HourPackage, *, on: date, at: datetime) -> bool:
    """A run that comes late tells the nearest distance only, and notes the earlier ones as passed."""
    last = package.expires_on
    if last is None:
        return False
    sent = {notice.days for notice in package.expiry_notices.all() if notice.expires_on == last}
    due = notices_due(last, on=on, sent=sent)
    if not due:
        return False
    told = responsible(package.client)
    notices = [ExpiryNotice(package=package, expires_on=last, days=days, made_at=at, told=told) for days in due]
    ExpiryNotice.objects.bulk_create(notices, ignore_conflicts=True)
    if told:
        settle_tasks(KIND, *_sources(package), at=at)
        open_task(_draft(package, last, min(due), told, at))
    return True


def _last_day(package: HourPackage, expires_on: date | None) -> date:
    """The day that is moved on."""
    if package.voided_on or package.expires_on is None:
        raise ValidationError(_("This package is void or never expires."), code="wrong_status")
    if expires_on is not None and expires_on <= package.expires_on:
        error = ValidationError(_("The new last day is later than the old one."), code="invalid")
        raise ValidationError({"expires_on": error})
    return package.expires_on


def _note(package: HourPackage, before: date, until: date | None, reason: str, *, by: User, at: datetime) -> None:
    PackageExtension.objects.create(
        package=package, from_on=before, until_on=until, reason=reason[:200], made_by=by, made_at=at
    )


def _sources(package: HourPackage) -> list[str]:
    notices = ExpiryNotice.objects.filter(package=package).values_list("expires_on", "days")
    return [_source(package, last, days) for last, days in notices]


def _source(package: HourPackage, last: date, days: int) -> str:
    return f"package:{package.pk}:{last.isoformat()}:{days}"


def _draft(package: HourPackage, last: date, days: int, told: User, at: datetime) -> TaskDraft:
    with translation.override(told.language):
        day = formats.date_format(last, "SHORT_DATE_FORMAT")
        title = _("%(package)s of %(client)s expires on %(day)s") % {
            "package": package.name,
            "client": package.client.name,
            "day": day,
        }
    return TaskDraft(
        kind=KIND,
        source=_source(package, last, days),
        assignee=told,
        title=title,
        due_at=at,
        client=package.client,
        url=reverse("billing:package_detail", args=[package.pk]),
    )
