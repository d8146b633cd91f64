"""Holiday greetings: a reminder for whoever keeps the client, and words of one's own for each person."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

import holidays
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contact, Interaction, Task
from clients.models.firm import Tier
from clients.rules.greetings import GreetingProblem, greeting_problem, holidays_ahead
from clients.services.birthdays import KIND as BIRTHDAY
from clients.services.interactions import log_interaction
from clients.services.keepers import keeper_of
from clients.services.tasks import TaskDraft, renew_tasks, settle_tasks
from crm.models import User

KIND = "holiday"
AHEAD = 7
MORNING = time(9)
REASON = "greeting"
LATELY = timedelta(days=30)
PROBLEMS = {
    GreetingProblem.EMPTY: _("A greeting needs words of your own."),
    GreetingProblem.COPIED: _("Somebody else got the same words: write this person their own."),
}


def remind_holidays(*, at: datetime) -> int:
    """Opens a task a week before a holiday of their country for each person who decides at a VIP or A client.

    It is for who keeps the client: the account manager, else the executive owner.
    """
    on = timezone.localdate(at)
    kept = Client.objects.in_care().filter(tier__in=[Tier.VIP, Tier.A])
    people = Contact.objects.here().deciding().filter(client__in=kept)
    found: dict[str, list[tuple[date, str]]] = {}
    drafts = []
    for person in people.select_related("client__account_manager", "client__executive_owner", "client__figures"):
        country = person.client.country
        if country not in found:
            found[country] = holidays_ahead(_names(country, on), on=on, days=AHEAD)
        if keeper := keeper_of(person.client, fallback=None):
            drafts += [_draft(person, keeper, *holiday) for holiday in found[country]]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - timedelta(days=60))


@transaction.atomic
def send_greeting(contact: Contact, *, text: str, by: User, at: datetime) -> Interaction:
    """Logs a greeting in words of one's own and settles its reminder. `greeting_empty`, `greeting_copied`."""
    lately = Interaction.objects.filter(reason=REASON, logged_by=by, occurred_at__gt=at - LATELY)
    others = lately.exclude(contacts=contact).values_list("summary", flat=True)
    if problem := greeting_problem(text, sent_to_others=others):
        raise ValidationError({"text": ValidationError(PROBLEMS[problem], code=problem)})
    row = log_interaction(
        contact.client,
        by=by,
        occurred_at=at,
        at=at,
        contacts=[contact],
        kind=Interaction.Kind.MESSAGE,
        direction=Interaction.Direction.OUT,
        initiated_by=Interaction.Initiator.US,
        reason=REASON,
        summary=text.strip(),
        not_secret=True,
    )
    waiting = Task.objects.unfinished().filter(contact=contact)
    for kind in (BIRTHDAY, KIND):
        settle_tasks(kind, *waiting.filter(kind=kind).values_list("source", flat=True), at=at, by=by)
    return row


def _names(country: str, on: date) -> Mapping[date, str]:
    """Names of the public holidays around a day; an unknown country has none."""
    try:
        return dict(holidays.country_holidays(country, years=[on.year - 1, on.year, on.year + 1]))
    except NotImplementedError:
        return {}


def _draft(person: Contact, keeper: User, day: date, name: str) -> TaskDraft:
    client = person.client
    return TaskDraft(
        kind=KIND,
        source=f"contact:{person.pk}:{day}",
        assignee=keeper,
        client=client,
        contact=person,
        title=str(person),
        detail=name,
        due_at=timezone.make_aware(datetime.combine(day, MORNING)),
        url=reverse("clients:greeting_new", args=[person.pk]),
        value_at_stake=client.facts.simple_value if client.facts else None,
    )
