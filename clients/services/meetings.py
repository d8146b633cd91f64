"""Meetings that are planned: a task with a moment, which stands in the calendar and among the day's work until held."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Interaction, Task
from clients.services.tasks import TaskDraft, open_task
from crm.models import User
from crm.web.formats import lazy_day

KIND = "meeting"
USUAL_MINUTES = 60
EARLY = timedelta(hours=12)  # a meeting that was moved up within its day is the one that was planned


def plan_meeting(
    client: Client, *, about: str, begins_at: datetime, by: User, at: datetime, contact: Contact | None = None
) -> Task | None:
    """Opens the task of the person. Raises ValidationError: `past`, `other` for somebody of another client."""
    if contact and not contact.is_of(client):
        raise ValidationError({"contact": ValidationError(_("This person belongs to another client."), code="other")})
    if begins_at <= at:
        words = _("This moment has passed. Log the meeting instead.")
        raise ValidationError({"begins_on": ValidationError(words, code="past")})
    local = timezone.localtime(begins_at)
    return open_task(
        TaskDraft(
            kind=KIND,
            source=f"client:{client.pk}:{by.pk}:{local:%Y%m%d%H%M}",
            assignee=by,
            title=about,
            detail=format_lazy("{day}, {clock}", day=lazy_day(local.date()), clock=f"{local:%H:%M}"),
            due_at=begins_at,
            client=client,
            contact=contact,
            url=f"{reverse('clients:interaction_new')}?client={client.pk}&kind=meeting",
        )
    )


def settle_meetings(held: Interaction, *, at: datetime) -> None:
    """A meeting that was logged was held: what its people had planned with the client for then is done."""
    if held.kind != Interaction.Kind.MEETING:
        return
    planned = Task.objects.unfinished().filter(kind=KIND, client=held.client, assignee__in=held.employees.all())
    planned = planned.filter(due_at__lte=held.occurred_at + EARLY)
    planned.update(state=Task.State.DONE, closed_at=at, closed_by=held.logged_by)
