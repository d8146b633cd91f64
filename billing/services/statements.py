"""Statements that leave the firm: from then on the client has them, and the prepaid work on them is frozen.

A file that we look at ourselves is a working copy. Issuing is an act: by a person for a period, or with every link that
a client gets, up to that day.
"""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from billing.models import HourPackage, IssuedStatement, LedgerRow
from billing.services import ledger
from crm.db import worded
from crm.links import make_link
from crm.models import SignedLink, User

LINK_DAYS = timedelta(days=90)


@transaction.atomic
def issue_statement(
    package: HourPackage, *, first: date | None = None, last: date | None = None, by: User, on: date, at: datetime
) -> IssuedStatement:
    """Says that the client has the statement of these days, all until today unless named; again is a newer one.

    ValidationError `invalid` for days to come, or for a period that ends before it begins.
    """
    until = last or on
    if until > on:
        raise ValidationError(_("A statement ends today at the latest."), code="invalid")
    ledger.lock_accounts([package.account_id])
    rows = LedgerRow.objects.filter(account=package.account_id)
    known = rows.filter(occurred_on__lte=until).aggregate(closing=Sum("minutes"))
    with worded():
        return IssuedStatement.objects.create(
            package=package,
            first_on=first or min(_first_day(package), until),
            last_on=until,
            last_row_id=rows.aggregate(last=Max("pk"))["last"],
            closing_minutes=known["closing"] or 0,
            issued_at=at,
            issued_by=by,
        )


@transaction.atomic
def share_package(package: HourPackage, *, by: User, on: date, at: datetime) -> str:
    """The secret of a new link for the client, which ends after ninety days; the statement until today is issued."""
    issue_statement(package, by=by, on=on, at=at)
    _link, secret = make_link(
        SignedLink.Purpose.STATEMENT,
        subject_id=package.pk,
        recipient=package.client.billing_email,
        by=by,
        at=at,
        expires_at=at + LINK_DAYS,
    )
    return secret


def issued_for(package: HourPackage, *, first: date | None, last: date | None) -> IssuedStatement | None:
    """The newest statement of just these days that the client has; one with an open end is never the same twice."""
    return package.issued_statements.filter(first_on=first, last_on=last).first() if first and last else None


def holds_all(package: HourPackage) -> bool:
    """Whether all that the ledger says stands on a statement that the client has."""
    newest = LedgerRow.objects.filter(account=package.account_id).aggregate(pk=Max("pk"))["pk"]
    return package.issued_statements.filter(last_row__gte=newest).exists()


def _first_day(package: HourPackage) -> date:
    rows = LedgerRow.objects.filter(account=package.account_id).order_by("occurred_on")
    return min([package.valid_from, *rows.values_list("occurred_on", flat=True)[:1]])
