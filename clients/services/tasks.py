"""Tasks: opened by any floor, at most one open per (kind, source), closed, moved or put back by a person.

Opening again refreshes the words of the open task and never touches who has it or when it is due.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Task
from clients.models.task import TaskQuery
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

type Words = str | _StrPromise
type Meter = dict[str, str]

REFRESHED = ("title", "detail", "meter", "url", "value_at_stake")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDraft:
    """What a task will say; lazy words are written in the assignee's language."""

    kind: str
    source: str
    assignee: User
    title: "Words"
    due_at: datetime
    client: Client | None = None
    contact: Contact | None = None
    detail: "Words" = ""
    meter: Meter | None = None
    url: str = ""
    value_at_stake: Decimal | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.kind, self.source

    def written(self) -> Task:
        with translation.override(self.assignee.language):
            title, detail = str(self.title)[:200], str(self.detail)[:300]
        return Task(
            kind=self.kind,
            source=self.source,
            assignee=self.assignee,
            title=title,
            detail=detail,
            due_at=self.due_at,
            client=self.client,
            contact=self.contact,
            meter=self.meter,
            url=self.url,
            value_at_stake=self.value_at_stake,
        )


def open_task(draft: TaskDraft, *, quiet_since: datetime | None = None) -> Task | None:
    """Opens one task, or gives the open one of the same kind and source.

    None when `quiet_since` is given and a person closed such a task after that moment: they have answered already.
    """
    open_tasks([draft], quiet_since=quiet_since)
    return Task.objects.unfinished().filter(kind=draft.kind, source=draft.source).first()


@transaction.atomic
def ask_task(draft: TaskDraft, *, by: User) -> Task:
    """Opens a task because somebody asks for it; an open one keeps its link, meter and value unless others are given.

    Raises ValidationError `already_done` where the open task of this kind and source is not theirs to see.
    """
    present = Task.objects.locked().unfinished().filter(kind=draft.kind, source=draft.source).first()
    if present is not None:
        if not Task.objects.visible_to(by).filter(pk=present.pk).exists():
            raise ValidationError(_("There is already an open task for this."), code="already_done")
        kept = {name: getattr(draft, name) or getattr(present, name) for name in ("url", "meter", "value_at_stake")}
        draft = replace(draft, **kept)
    open_tasks([draft])
    return Task.objects.unfinished().get(kind=draft.kind, source=draft.source)


@transaction.atomic
def open_tasks(drafts: Iterable[TaskDraft], *, quiet_since: datetime | None = None) -> int:
    """Opens what is not open yet and refreshes the rest; says how many are new. Safe to run twice and at once."""
    wanted = {draft.key: draft for draft in drafts}
    for key in _closed_since(wanted, quiet_since):
        wanted.pop(key, None)
    rows = {key: draft.written() for key, draft in sorted(wanted.items())}
    present = {(task.kind, task.source): task for task in _unfinished(rows)}
    Task.objects.bulk_create([row for key, row in rows.items() if key not in present], ignore_conflicts=True)
    _refresh(present, rows)
    return len(rows) - len(present)


@transaction.atomic
def renew_tasks(kind: str, drafts: Iterable[TaskDraft], *, at: datetime, quiet_since: datetime | None = None) -> int:
    """Makes the open tasks of a kind those of the drafts: opens new ones, settles those whose cause is gone."""
    wanted = list(drafts)
    kept = [draft.source for draft in wanted]
    Task.objects.unfinished().filter(kind=kind).exclude(source__in=kept).update(state=Task.State.DONE, closed_at=at)
    return open_tasks(wanted, quiet_since=quiet_since)


def settle_tasks(kind: str, *sources: str, at: datetime, by: User | None = None) -> int:
    """Closes tasks whose cause has gone; none is not an error."""
    rows = Task.objects.unfinished().filter(kind=kind, source__in=sources)
    return rows.update(state=Task.State.DONE, closed_at=at, closed_by=by)


@transaction.atomic
def finish_task(task: Task, *, by: User, at: datetime) -> Task:
    row = _unfinished_row(task)
    row.state, row.closed_at, row.closed_by = Task.State.DONE, at, by
    return _save(row)


@transaction.atomic
def dismiss_task(task: Task, *, reason: str, by: User, at: datetime) -> Task:
    """Not relevant, and why: the reason is kept, because it says what the next suggestion should know."""
    row = _unfinished_row(task)
    row.state, row.closed_at, row.closed_by = Task.State.DISMISSED, at, by
    row.reason = _worded(reason)
    return _save(row)


@transaction.atomic
def snooze_task(task: Task, *, until: datetime, reason: str, at: datetime) -> Task:
    """Puts a task away until a moment; it comes back by itself."""
    row = _unfinished_row(task)
    if until <= at:
        raise ValidationError({"until": ValidationError(_("Choose a later moment than now."), code="past")})
    row.state, row.snoozed_until_at, row.reason = Task.State.SNOOZED, until, _worded(reason)
    return _save(row)


@transaction.atomic
def delegate_task(task: Task, *, to: User, by: User) -> Task:
    """Gives a task to somebody else who works here; the reason names who passed it on.

    Raises ValidationError `inactive` for who does not work here, `foreign` for who does not see its client.
    """
    row = _unfinished_row(task)
    if not User.objects.working().filter(pk=to.pk).exists():
        raise ValidationError({"assignee": ValidationError(_("This person no longer works here."), code="inactive")})
    if row.client_id and not Client.objects.visible_to(to).filter(pk=row.client_id).exists():
        raise ValidationError({"assignee": ValidationError(_("This person does not see the client."), code="foreign")})
    row.assignee, row.reason = to, str(by)
    return _save(row)


type Snapshot = dict[str, Any]


def snapshot_task(task: Task) -> Snapshot:
    """What an act may change, as plain values: kept for Undo."""
    until = task.snoozed_until_at
    return {
        "state": task.state,
        "assignee_id": task.assignee_id,
        "reason": task.reason,
        "snoozed_until_at": until.isoformat() if until else None,
    }


@transaction.atomic
def restore_task(task: Task, *, snapshot: Snapshot) -> Task:
    """Puts a task back as it was before an act. Answers `already_done` when its cause has a new open task."""
    row = Task.objects.locked().get(pk=task.pk)
    if _unfinished([(row.kind, row.source)]).exclude(pk=row.pk).exists():
        raise ValidationError(_("There is already an open task for this."), code="already_done")
    until = snapshot["snoozed_until_at"]
    row.state, row.assignee_id, row.reason = snapshot["state"], snapshot["assignee_id"], snapshot["reason"]
    row.snoozed_until_at = datetime.fromisoformat(until) if until else None
    row.closed_at = row.closed_by = None
    return _save(row)


def _unfinished(keys: Iterable[tuple[str, str]]) -> TaskQuery:
    kinds, sources = {kind for kind, _source in keys}, {source for _kind, source in keys}
    return Task.objects.unfinished().filter(kind__in=kinds, source__in=sources)


def _closed_since(keys: Iterable[tuple[str, str]], moment: datetime | None) -> Iterable[tuple[str, str]]:
    if moment is None:
        return ()
    kinds, sources = {kind for kind, _source in keys}, {source for _kind, source in keys}
    closed = Task.objects.closed_by_hand(since=moment).filter(kind__in=kinds, source__in=sources)
    return list(closed.values_list("kind", "source"))


def _refresh(present: dict[tuple[str, str], Task], rows: dict[tuple[str, str], Task]) -> None:
    stale = []
    for key, task in present.items():
        fresh = rows.get(key)
        if fresh and any(getattr(task, name) != getattr(fresh, name) for name in REFRESHED):
            for name in REFRESHED:
                setattr(task, name, getattr(fresh, name))
            stale.append(task)
    Task.objects.bulk_update(stale, REFRESHED)


def _unfinished_row(task: Task) -> Task:
    row = Task.objects.locked().get(pk=task.pk)
    if row.state in (Task.State.DONE, Task.State.DISMISSED):
        raise ValidationError(_("This task is closed already."), code="already_done")
    return row


def _worded(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Give a reason."), code="required")})
    return reason.strip()[:300]


def _save(row: Task) -> Task:
    row.save(
        update_fields=["state", "assignee", "reason", "snoozed_until_at", "closed_at", "closed_by"],
    )
    return row
