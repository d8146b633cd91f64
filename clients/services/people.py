"""People who change employer are moved, not deleted; private notes go when their time is over."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, PersonalRelationship
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

    Who of us is close to the person stays so.

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
    _take_along(row, moved, on)
    return moved


def _take_along(left: Contact, moved: Contact, on: date) -> None:
    """Who is close to a person stays close where the person works now: those decide nothing for the new client."""
    for old in PersonalRelationship.objects.current().filter(contact=left).locked():
        day = max(on, old.declared_on)
        PersonalRelationship.objects.filter(pk=old.pk).update(ended_on=day)
        same = {name: getattr(old, name) for name in ("employee", "kind", "note")}
        PersonalRelationship.objects.create(client=moved.client, contact=moved, declared_on=day, **same)


def note_value_statement(contact: Contact, *, on: date) -> None:
    """The person was told in writing what we are worth to the client: who manages there is informed by it."""
    later = Q(value_statement_on=None) | Q(value_statement_on__lt=on)
    Contact.objects.filter(later, pk=contact.pk).update(value_statement_on=on)


def blank_old_notes(*, at: datetime) -> int:
    """Takes private notes away whose retention is over; says how many."""
    over = Contact.objects.exclude(private_notes="").filter(notes_until_on__lt=timezone.localdate(at))
    return over.update(private_notes="", notes_until_on=None)


def _refused(name: str, message: object, code: str) -> ValidationError:
    return ValidationError({name: ValidationError(str(message), code=code)})
