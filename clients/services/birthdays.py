"""Birthdays of contacts as tasks: a greeting needs words of one's own, nothing is sent by itself."""

from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy

from clients.models import Client, Contact
from clients.rules.birthdays import birthday_near
from clients.services.keepers import keeper_of
from clients.services.tasks import TaskDraft, renew_tasks
from crm.models import User

KIND = "birthday"
BEFORE, AFTER = 7, 2
MORNING = time(9)


def remind_birthdays(*, at: datetime) -> int:
    """Opens a task a week before a birthday, once a year, and takes it away two days after; says how many are new."""
    on = timezone.localdate(at)
    people = Contact.objects.here().exclude(birthday=None).filter(client__in=Client.objects.in_care())
    drafts = [
        _draft(person, day, keeper)
        for person in people.select_related("client__account_manager", "client__executive_owner", "client__figures")
        if person.birthday
        and (day := birthday_near(person.birthday, on=on, days_before=BEFORE, days_after=AFTER))
        and (keeper := keeper_of(person.client, fallback=None))
    ]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - timedelta(days=180))


def _draft(person: Contact, day: date, keeper: User) -> TaskDraft:
    client, role = person.client, Contact.BuyingRole(person.buying_role).label
    comma = ", " if person.position else ""
    return TaskDraft(
        kind=KIND,
        source=f"contact:{person.pk}:{day.year}",
        assignee=keeper,
        client=client,
        contact=person,
        title=str(person),
        detail=format_lazy("{position}{comma}{role}", position=person.position, comma=comma, role=role),
        due_at=timezone.make_aware(datetime.combine(day, MORNING)),
        url=reverse("clients:greeting_new", args=[person.pk]),
        value_at_stake=client.facts.simple_value if client.facts else None,
    )
