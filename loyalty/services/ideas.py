"""Noting ideas one by one or in a session by touch point, moving them on, and the task of whoever does one."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.db import worded
from crm.models import User
from loyalty.models import Idea

KIND = "idea"
MOST_LINES = 20
State = Idea.State


@transaction.atomic
def save_idea(idea: Idea, *, by: User, at: datetime) -> Idea:
    """Saves an idea; a new one is `by` the person. What it came from says whose it is; its task follows the owner.

    ValidationError: `other` for a source or a person of another client, `future` for a day to come.
    """
    before = Idea.objects.locked().get(pk=idea.pk) if idea.pk else None
    if before is None:
        idea.made_by = by
    _take_client(idea)
    _check_past(idea, timezone.localdate(at))
    if idea.state != State.DONE:
        idea.done_on = None
    elif idea.done_on is None:
        idea.done_on = timezone.localdate(at)
    idea.full_clean()
    with worded():
        idea.save()
    idea.refresh_from_db()
    _renew_task(idea, before, by=by, at=at)
    return idea


def move_idea(idea: Idea, *, to: str, by: User, at: datetime) -> Idea:
    """One column on, or back by Undo; the constraints say what an idea lacks for it."""
    idea.state = to
    return save_idea(idea, by=by, at=at)


@transaction.atomic
def note_session(
    *, touch_point: str, found: Mapping[str, str], client: Client | None, on: date, by: User, at: datetime
) -> list[Idea]:
    """What a session found at one touch point: each line of a finding becomes an idea, in the order written."""
    lines = [(finding, line.strip()) for finding, text in found.items() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValidationError(_("Write at least one line: each becomes an idea."), code="required")
    if len(lines) > MOST_LINES:
        raise ValidationError(_("At most 20 lines at once."), code="too_many")
    rows = [
        Idea(touch_point=touch_point, finding=finding, text=line, client=client, noted_on=on) for finding, line in lines
    ]
    return [save_idea(row, by=by, at=at) for row in rows]


def _take_client(idea: Idea) -> None:
    """The client of the conversation, test, complaint, review or person that the idea comes from."""
    sources = ("interaction", "test", "complaint", "review", "contact")
    for name in sources:
        row = getattr(idea, name)
        if row is None:
            continue
        if idea.client is None:
            idea.client = row.client
        if row.client_id != idea.client_id:
            raise ValidationError({name: ValidationError(_("This belongs to another client."), code="other")})


def _check_past(idea: Idea, today: date) -> None:
    for name in ("noted_on", "done_on"):
        value = getattr(idea, name)
        if value and value > today:
            raise ValidationError({name: ValidationError(_("This has not happened yet."), code="future")})


def _renew_task(idea: Idea, before: Idea | None, *, by: User, at: datetime) -> None:
    """A task for the owner while the idea is at work; another owner or day makes another one of it."""
    source = _source(idea)
    if before and _source(before) != source:
        settle_tasks(KIND, _source(before), at=at, by=by)
    if idea.state not in {State.CHOSEN, State.DOING} or idea.owner is None or idea.due_on is None:
        settle_tasks(KIND, source, at=at, by=by)
        return
    open_task(
        TaskDraft(
            kind=KIND,
            source=source,
            assignee=idea.owner,
            client=idea.client,
            title=idea.text,
            detail=format_lazy(_("Idea for {touch_point}"), touch_point=Idea.TouchPoint(idea.touch_point).label),
            due_at=timezone.make_aware(datetime.combine(idea.due_on, time())) + timedelta(hours=17),
            url=reverse("loyalty:idea_edit", args=[idea.pk]),
        )
    )


def _source(idea: Idea) -> str:
    day = idea.due_on.isoformat() if idea.due_on else ""
    return f"{idea.pk}:{idea.owner_id}:{day}"
