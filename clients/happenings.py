"""What this floor knows of a person's days: promises to keep, meetings, birthdays of those whom they look after."""

from collections.abc import Iterator
from datetime import date, datetime, time

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Interaction, Promise, Task
from clients.rules.birthdays import birthday_near
from clients.services.meetings import KIND, USUAL_MINUTES
from crm.calendar import Happening, Source, register_happenings
from crm.models import User


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first moment of a day to the last of another, in the firm's time zone."""
    return timezone.make_aware(datetime.combine(first, time.min)), timezone.make_aware(datetime.combine(last, time.max))


def promises_due(user: User, first: date, last: date) -> Iterator[Happening]:
    """Open ones that wait for the person; a kept one leaves the calendar."""
    rows = Promise.objects.visible_to(user).mine(user).open().filter(current_due_at__range=bounds(first, last))
    for row in rows.select_related("client"):
        yield Happening(
            key=f"promise:{row.pk}",
            title=format_lazy("{client}: {promise}", client=row.client.name, promise=row.text),
            begins=row.due_on if row.due_is_day else row.current_due_at,
            changed_at=row.updated_at,
            url=reverse("clients:promise", args=[row.pk]),
        )


def meetings(user: User, first: date, last: date) -> Iterator[Happening]:
    """Planned ones, and those that were held with the person; what was said there stays here."""
    planned = Task.objects.unfinished().filter(kind=KIND, due_at__range=bounds(first, last))
    for task in planned.waiting_for(user, on=timezone.localdate()).select_related("client"):
        name = task.client.name if task.client else ""
        yield Happening(
            key=f"planned-meeting:{task.pk}",
            title=format_lazy("{client}: {about}", client=name, about=task.title),
            begins=task.due_at,
            minutes=USUAL_MINUTES,
            changed_at=task.updated_at,
            url=task.url,
        )
    held = Interaction.objects.visible_to(user).filter(employees=user, kind=Interaction.Kind.MEETING)
    for row in held.filter(occurred_at__range=bounds(first, last)).select_related("client"):
        yield Happening(
            key=f"meeting:{row.pk}",
            title=format_lazy(_("Meeting with {client}"), client=row.client.name),
            begins=row.occurred_at,
            minutes=row.minutes or USUAL_MINUTES,
            changed_at=row.updated_at,
            url=reverse("clients:client_timeline", args=[row.client_id]),
        )


def birthdays(user: User, first: date, last: date) -> Iterator[Happening]:
    """Of people at clients whom the person keeps or works for; the year of birth is nobody's business."""
    clients = Client.objects.cared_for_by(user).in_care()
    people = Contact.objects.here().exclude(birthday=None).filter(client__in=clients).select_related("client")
    for person in people:
        day = person.birthday and birthday_near(
            person.birthday, on=first, days_before=(last - first).days, days_after=0
        )
        if day:
            yield Happening(
                key=f"birthday:{person.pk}:{day.year}",
                title=format_lazy(_("Birthday: {person} ({client})"), person=person, client=person.client.name),
                begins=day,
                changed_at=person.updated_at,
                url=reverse("clients:contact", args=[person.pk]),
            )


register_happenings(
    Source("promises", _("Promises"), "promise.see", promises_due),
    Source("meetings", _("Meetings"), "interaction.see", meetings),
    Source("birthdays", _("Birthdays"), "contact.see", birthdays),
)
