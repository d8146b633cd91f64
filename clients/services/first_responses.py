"""First answers as promises: a mail, a message or a call that nobody took is answered within the tier's hours."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client, Contact, Interaction, Promise
from clients.models.attention import InteractionQuery
from clients.services.feedback import came_lately, first_response_due
from clients.services.promises import keep_promise, make_promise, withdraw_promise
from crm.models import User

ANSWERS = (Interaction.Direction.OUT, Interaction.Direction.BOTH)


def note_first_response(row: Interaction, *, employees: Collection[User], at: datetime) -> None:
    """Promises the first answer to what came in, in business hours from then; an answer that is logged keeps it.

    A missed call of a direct line has its own promise to call back, and what came long before it is logged has none.
    """
    if not _waits(row) or row.first_response_id or row.call_back_id:
        return
    if not came_lately(row.client, timezone.localdate(row.occurred_at), at=at):
        return
    people = list(row.contacts.all())
    row.first_response = make_promise(
        row.client,
        text=_("First answer: %(kind)s") % {"kind": row.get_kind_display()},
        due_at=first_response_due(row.client, at=row.occurred_at),
        due_is_day=False,
        by=_answers(row, employees),
        at=at,
        contact=people[0] if people else None,
        source=Promise.Source.SLA,
    )
    row.save(update_fields=["first_response"])
    if answer := _answers_to(row).order_by("occurred_at").first():
        keep_promise(row.first_response, kept_at=answer.occurred_at, at=at)


def drop_first_response(row: Interaction, *, at: datetime) -> None:
    """What turns out not to wait for an answer is promised none; a promise that was kept stays so."""
    if row.first_response_id is None or _waits(row):
        return
    for promise in Promise.objects.open().filter(pk=row.first_response_id):
        withdraw_promise(promise, at=at)
    row.first_response = None
    row.save(update_fields=["first_response"])


def keep_first_responses(row: Interaction, *, contacts: Collection[Contact], at: datetime) -> int:
    """What we say to a client answers what came in before from these people, or from nobody named; says how many."""
    if row.is_missed or (row.direction not in ANSWERS and row.kind in Interaction.WRITTEN):
        return 0
    return answer_client(row.client, contacts=contacts, answered_at=row.occurred_at, at=at)


def answer_client(client: Client, *, contacts: Collection[Contact], answered_at: datetime, at: datetime) -> int:
    """Keeps the first answers that a client waits for; says how many."""
    asked = Interaction.objects.filter(client__in=client.family, occurred_at__lte=answered_at)
    if contacts:
        asked = asked.filter(Q(contacts__in=contacts) | Q(contacts=None))
    waiting = list(Promise.objects.open().filter(pk__in=asked.values("first_response")))
    for promise in waiting:
        keep_promise(promise, kept_at=answered_at, at=at)
    return len(waiting)


def _waits(row: Interaction) -> bool:
    """Whether somebody wrote and nobody answered in the same breath, or called and nobody took it."""
    return row.is_missed or (row.kind in Interaction.WRITTEN and row.direction == Interaction.Direction.IN)


def _answers(row: Interaction, employees: Collection[User]) -> User:
    """Whom it came to, else who keeps the client; a program answers nobody."""
    people = [person for person in employees if not person.is_service]
    return people[0] if people else row.client.account_manager or row.logged_by


def _answers_to(row: Interaction) -> InteractionQuery:
    later = Interaction.objects.filter(client__in=row.client.family, occurred_at__gte=row.occurred_at, is_missed=False)
    spoken = Q(kind__in=Interaction.SPOKEN) | Q(direction__in=ANSWERS)
    people = row.contacts.values("pk")
    to_them = Q(contacts__in=people) | Q(contacts=None)
    return later.filter(spoken, to_them if row.contacts.exists() else Q()).exclude(pk=row.pk)
