"""Telling the client what a piece of work drew: one click after saving, taken back for half a minute."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from billing.models import Coverage, HourAccount, TimeEntry
from billing.models.hour_messages import HourMessage
from billing.services.addressees import addressee_of
from clients.models import Contact
from crm.models import User

HOLD = timedelta(seconds=30)


@transaction.atomic
def tell_draw(entry: TimeEntry, *, contact: Contact | None = None, by: User, at: datetime) -> HourMessage:
    """Keeps the message for the outbox: what the entry drew and what is left now; without `contact` the first choice.

    PermissionDenied for work that one may not change. ValidationError `wrong_status` if nothing was drawn,
    `already_done` if the client was told, `no_address` if nobody can be written to.
    """
    row = TimeEntry.objects.changeable_by(by).filter(pk=entry.pk).locked().select_related("client").first()
    if row is None:
        raise PermissionDenied
    if HourMessage.objects.filter(entry=row).exists():
        raise ValidationError(_("The client was told of this already."), code="already_done")
    message = compose(row, contact=contact)
    message.made_by, message.send_at = by, at + HOLD
    message.save(force_insert=True)
    return message


def compose(entry: TimeEntry, *, contact: Contact | None = None) -> HourMessage:
    """The message as it would be kept now; the errors are those of `tell_draw`."""
    drawn = Coverage.objects.filter(entry=entry, ledger_row__isnull=False)
    used = drawn.aggregate(total=Sum("drawn_minutes"))["total"]
    if not used:
        raise ValidationError(_("This work drew no prepaid hours, so there is nothing to tell."), code="wrong_status")
    accounts = HourAccount.objects.filter(pk__in=drawn.values("account"))
    recipient, language, person = addressee_of(entry.client, contact)
    return HourMessage(
        entry=entry,
        client=entry.client,
        contact=person,
        recipient=recipient,
        language=language,
        worked_on=entry.worked_on,
        description=entry.description,
        used_minutes=used,
        left_minutes=sum(accounts.values_list("balance_minutes", flat=True)),
    )


@transaction.atomic
def take_back_message(message: HourMessage, *, by: User) -> None:
    """Forgets a message that has not left. ValidationError `already_done` if it has."""
    row = HourMessage.objects.locked().filter(pk=message.pk).first()
    if row is None or row.mailed_at:
        raise ValidationError(_("This message has left already."), code="already_done")
    if not TimeEntry.objects.changeable_by(by).filter(hour_message=row).exists():
        raise PermissionDenied
    row.delete()
