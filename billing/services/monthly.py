"""Monthly reports: kept as they are sent, mailed by the outbox, and mailed again to another address if need be."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from billing.models import MonthlyReport
from billing.services.addressees import addressee_of
from clients.models import Client, Contact
from clients.services.people import note_value_statement
from crm.db import worded
from crm.models import User
from crm.periods import month_start


@transaction.atomic
def keep_report(
    client: Client,
    month_on: date,
    *,
    document: Mapping[str, Any],
    contact: Contact | None = None,
    by: User,
    at: datetime,
) -> MonthlyReport:
    """Freezes a document as what the client was told of a month; without `contact` it goes to the first choice.

    ValidationError `future` for a month that has not begun, `already_done` if the month was reported, `no_address`.
    """
    if month_on > month_start(timezone.localdate(at)):
        raise ValidationError({"month_on": ValidationError(_("This month has not begun."), code="future")})
    recipient, _language, person = addressee_of(client, contact)
    report = MonthlyReport(
        client=client,
        month_on=month_on,
        contact=person,
        recipient=recipient,
        language=client.language,
        document=document,
        sent_at=at,
        sent_by=by,
    )
    report.full_clean(exclude=["document"])
    with worded():
        report.save(force_insert=True)
    if person:
        note_value_statement(person, on=timezone.localdate(at))
    return report


@transaction.atomic
def mail_again(report: MonthlyReport, *, at: datetime, contact: Contact | None = None) -> MonthlyReport:
    """Lets the same document leave once more, to the person named, else to where it went before."""
    row = MonthlyReport.objects.locked().select_related("client").get(pk=report.pk)
    if contact:
        row.recipient, _language, row.contact = addressee_of(row.client, contact)
        note_value_statement(contact, on=timezone.localdate(at))
    row.mailed_at, row.mail_error = None, ""
    row.save(update_fields=["recipient", "contact", "mailed_at", "mail_error"])
    return row
