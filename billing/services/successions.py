"""Same quality whoever comes: a note is asked for when people change, read by the successor, else the lead is told."""

from datetime import date, datetime, time

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.models import Engagement, SuccessionNote, TimeEntry
from clients.models import BusinessProfile, Promise
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, Words, open_task, settle_tasks
from crm.db import worded
from crm.models import User

WRITE, READ, UNREAD = "succession_write", "succession_read", "succession_unread"
EVENING = time(18)


@transaction.atomic
def ask_note(engagement: Engagement, *, predecessor: User, successor: User, on: date) -> SuccessionNote:
    """Opens the note of a change of people, with what the records know, and asks for the rest; once for each change."""
    note, made = SuccessionNote.objects.get_or_create(
        engagement=engagement,
        predecessor=predecessor,
        successor=successor,
        since_on=on,
        defaults={"promises": open_promises(engagement, predecessor), "values": known_values(engagement)},
    )
    if made:
        writer = predecessor if predecessor.is_active else _answering(engagement, but=successor)
        title = _("Write the handover note for {person}")
        _open(note, WRITE, writer, format_lazy(title, person=str(successor)), on)
    return note


def open_promises(engagement: Engagement, person: User) -> str:
    """What the person still owes the client, a line for each."""
    rows = Promise.objects.open().filter(client__in=engagement.client.family, made_by=person).order_by("current_due_at")
    return "\n".join(f"{row.due_on.isoformat()}: {row.text}" for row in rows)[:5000]


def known_values(engagement: Engagement) -> str:
    """What the business profile says that the client puts first, and why it chose us."""
    profile = BusinessProfile.objects.filter(client=engagement.client).first()
    return "\n".join(filter(None, (profile.priorities, profile.why_us))) if profile else ""


@transaction.atomic
def write_note(note: SuccessionNote, *, by: User, at: datetime) -> SuccessionNote:
    """Saves the words; the successor is asked to read them, anew where they had read others."""
    note.written_by, note.written_at, note.read_at = by, at, None
    note.full_clean()
    note.save()
    settle_tasks(WRITE, _source(note), at=at, by=by)
    title = _("Read the handover note of {engagement}")
    _open(note, READ, note.successor, format_lazy(title, engagement=note.engagement.name), timezone.localdate(at))
    return note


@transaction.atomic
def read_note(note: SuccessionNote, *, by: User, at: datetime) -> SuccessionNote:
    """PermissionDenied for anybody but the successor; ValidationError `wrong_status` while nothing is written."""
    if by.pk != note.successor_id:
        raise PermissionDenied
    if note.written_at is None:
        raise ValidationError(_("There is nothing to read yet."), code="wrong_status")
    if note.read_at is None:
        note.read_at = at
        note.save(update_fields=["read_at"])
        for kind in (READ, UNREAD):
            settle_tasks(kind, _source(note), at=at, by=by)
    return note


@transaction.atomic
def replace_member(note: SuccessionNote, *, by: User, at: datetime) -> SuccessionNote:
    """Puts the successor in the predecessor's place from a day on; with words, the note is written as well."""
    row = note.engagement.members.filter(user=note.predecessor, to_on=None).first()
    if row is None:
        error = ValidationError(_("This person does not work on the engagement."), code="invalid")
        raise ValidationError({"predecessor": error})
    row.to_on = max(note.since_on, row.from_on)
    row.save(update_fields=["to_on"])
    note.engagement.members.get_or_create(user=note.successor, to_on=None, defaults={"from_on": note.since_on})
    with worded():
        note.save()
    return write_note(note, by=by, at=at)


@transaction.atomic
def alert_unread(*, at: datetime) -> int:
    """Tells the lead, once for each note, that its successor logs time without having read it; says how many.

    Looked for every few minutes, so that logging time costs no statement more.
    """
    work = TimeEntry.objects.filter(
        engagement=OuterRef("engagement"), employee=OuterRef("successor"), worked_on__gte=OuterRef("since_on")
    )
    waiting = SuccessionNote.objects.unread().filter(Exists(work), lead_alerted_at=None)
    found = list(waiting.select_related("engagement__client", "engagement__lead", "successor").order_by("pk"))
    for note in found:
        _alert(note, at)
    return len(found)


def _alert(note: SuccessionNote, at: datetime) -> None:
    lead = _answering(note.engagement, but=note.successor)
    words = format_lazy(
        _("{person} logs time on {engagement} without the handover note"),
        person=str(note.successor),
        engagement=note.engagement.name,
    )
    _open(note, UNREAD, lead, words, timezone.localdate(at))
    SuccessionNote.objects.filter(pk=note.pk).update(lead_alerted_at=at)


def _answering(engagement: Engagement, *, but: User) -> User:
    """The lead, and where that is the successor, who keeps the client."""
    if engagement.lead.pk != but.pk:
        return engagement.lead
    return keeper_of(engagement.client, fallback=first_partner()) or engagement.lead


def _open(note: SuccessionNote, kind: str, assignee: User, title: Words, on: date) -> None:
    client = note.engagement.client
    open_task(
        TaskDraft(
            kind=kind,
            source=_source(note),
            assignee=assignee,
            client=client,
            title=title,
            detail=format_lazy("{client}: {engagement}", client=client.name, engagement=note.engagement.name),
            due_at=timezone.make_aware(datetime.combine(on, EVENING)),
            url=reverse("billing:succession", args=[note.pk]),
        )
    )


def _source(note: SuccessionNote) -> str:
    return f"succession-note:{note.pk}"
