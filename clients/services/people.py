"""People who change employer are moved, not deleted; private notes go when their time is over."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact
from crm.models import User

CARRIED = (
    "first_name",
    "last_name",
    "language",
    "interests",
    "birthday",
    "buying_role",
    "level",
    "influence",
    "surveys_refused_at",
)
"""What belongs to the person rather than to the post; address and number there do not."""


@transaction.atomic
def move_contact(contact: Contact, *, to: Client, on: date, by: User, at: datetime) -> Contact:
    """The person now works elsewhere: the history stays, the new client knows from whom we know them.

    `already_done` for who has left, `same` for the same client, `future` for a day ahead, `foreign` for a client that
    the person may not change.
    """
    row = Contact.objects.locked().get(pk=contact.pk)
    if row.left_on:
        raise ValidationError(_("This person has left the client already."), code="already_done")
    if to.pk == row.client_id:
        raise _refused("client", _("The person works there already."), "same")
    if on > timezone.localdate(at):
        raise _refused("on", _("This has not happened yet."), "future")
    if not Client.objects.changeable_by(by).filter(pk=to.pk).exists():
        raise _refused("client", _("Others keep this client."), "foreign")
    row.left_on = on
    row.save(update_fields=["left_on"])
    moved = Contact(client=to, known_from=row, **{name: getattr(row, name) for name in CARRIED})
    moved.full_clean()
    moved.save()
    return moved


def blank_old_notes(*, at: datetime) -> int:
    """Takes private notes away whose retention is over; says how many."""
    over = Contact.objects.exclude(private_notes="").filter(notes_until_on__lt=timezone.localdate(at))
    return over.update(private_notes="", notes_until_on=None)


def _refused(name: str, message: object, code: str) -> ValidationError:
    return ValidationError({name: ValidationError(str(message), code=code)})
