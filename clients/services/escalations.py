"""A missed second date goes to the executive owner at once: the second promise must be kept."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Promise
from clients.rules.escalation import second_date_missed
from clients.services.keepers import first_partner, owner_of
from clients.services.promise_rates import chain_of
from clients.services.tasks import TaskDraft, open_task
from crm.models import User

KIND = "promise_broken"


@transaction.atomic
def escalate_promises(*, at: datetime) -> int:
    """Escalates every open promise whose second date has passed; each one once."""
    late = Promise.objects.locked().moved().filter(escalated_at=None).due_before(at)
    rows = Promise.objects.filter(pk__in=[row.pk for row in late]).with_chain()
    return sum(escalate_promise(row, at=at) for row in rows)


def escalate_promise(promise: Promise, *, at: datetime) -> bool:
    """Opens the executive owner's task if the second date was missed and nobody was told; says whether it did."""
    missed = second_date_missed(chain_of(promise), as_of=at)
    if promise.escalated_at or not missed:
        return False
    promise.escalated_at = at
    promise.save(update_fields=["escalated_at"])
    owner = owner_of(promise.client, fallback=first_partner()) or promise.made_by
    open_task(_draft(promise, owner, at))
    return True


def _draft(promise: Promise, owner: User, at: datetime) -> TaskDraft:
    detail = _("{client} was promised a second date and it was missed. Made by {person}.")
    return TaskDraft(
        kind=KIND,
        source=f"promise:{promise.pk}",
        assignee=owner,
        client=promise.client,
        contact=promise.contact,
        title=format_lazy(_("Second date broken: {text}"), text=promise.text),
        detail=format_lazy(detail, client=promise.client.name, person=str(promise.made_by)),
        due_at=at,
        url=reverse("clients:promise", args=[promise.pk]),
        value_at_stake=promise.client.facts.simple_value if promise.client.facts else None,
    )
