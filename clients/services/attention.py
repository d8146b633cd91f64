"""Attention: when we last spoke with a client, and the tasks that follow when it was too long ago."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Interaction, Task, TierPolicy
from clients.models.client import holder_of
from clients.rules.attention import Attention, attention, urgency
from clients.services.facts import write_figures
from clients.services.tasks import TaskDraft, open_task, renew_tasks, settle_tasks, snooze_task
from crm.models import User

KIND = "attention"
QUIET = timedelta(days=7)


def note_touch(interaction: Interaction, *, at: datetime) -> None:
    """After a touch is logged or corrected: the last two-way contact is counted anew, its task is settled."""
    refresh_attention([interaction.client_id], at=at)
    if Interaction.objects.two_way().filter(pk=interaction.pk).exists():
        settle_tasks(KIND, source_of(interaction.client_id), at=at)


def refresh_attention(clients: Iterable[int], *, at: datetime) -> int:
    """Writes the last two-way touch and the days overdue of these clients; says how many."""
    cadences, on = TierPolicy.objects.cadences(), timezone.localdate(at)
    rows = list(Client.objects.filter(pk__in=list(clients)).select_related("figures"))
    last = _last_two_way([row.pk for row in rows], at=at)
    figures: dict[int, dict[str, Any]] = {}
    for row in rows:
        touched = last.get(row.pk)
        since = timezone.localdate(touched) if touched else row.since_on or timezone.localdate(row.created_at)
        late = attention(since, cadence=cadences[row.tier], on=on).overdue_days
        figures[row.pk] = {"last_two_way_at": touched, "attention_overdue_days": late}
    return write_figures("attention", figures, as_of=on)


def by_urgency(
    clients: Iterable[Client], *, cadences: Mapping[str, int], at: datetime
) -> list[tuple[Client, Attention]]:
    """These clients with how late we are, the most urgent first: relative to the cadence, then by value."""
    on = timezone.localdate(at)
    pairs = [(client, attention(client.untouched_since_on, cadence=cadences[client.tier], on=on)) for client in clients]
    return sorted(pairs, key=lambda pair: urgency(pair[1], pair[0].facts.simple_value if pair[0].facts else None))


def renew_attention_tasks(*, at: datetime) -> int:
    """Opens a task for the account manager of each client overdue, and settles those that are not any more."""
    cadences, on = TierPolicy.objects.cadences(), timezone.localdate(at)
    late = Client.objects.attention_overdue(on=on, cadences=cadences).select_related("figures", "account_manager")
    drafts = [
        _draft(client, manager, attention(client.untouched_since_on, cadence=cadences[client.tier], on=on), at)
        for client in late
        if (manager := client.account_manager)
    ]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - QUIET)


def snooze_attention(client: Client, *, until: datetime, reason: str, by: User, at: datetime) -> Task:
    """Puts the reminder to talk with a client away, whether the nightly job has opened its task yet or not."""
    cadences, on = TierPolicy.objects.cadences(), timezone.localdate(at)
    late = attention(client.untouched_since_on, cadence=cadences[client.tier], on=on)
    task = open_task(_draft(client, client.account_manager or by, late, at))
    if task is None:
        raise Task.DoesNotExist
    return snooze_task(task, until=until, reason=reason, at=at)


def source_of(client_id: int) -> str:
    return f"client:{client_id}"


def _draft(client: Client, manager: User, late: Attention, at: datetime) -> TaskDraft:
    detail = format_lazy(
        _("{days} days since the last contact, {cadence} allowed"), days=late.days, cadence=late.cadence
    )
    return TaskDraft(
        kind=KIND,
        source=source_of(client.pk),
        assignee=manager,
        client=client,
        title=format_lazy(_("Talk with {client}"), client=client.name),
        detail=format_lazy(detail, days=late.days, cadence=late.cadence),
        due_at=at,
        url=reverse("clients:client", args=[client.pk]),
        value_at_stake=client.facts.simple_value if client.facts else None,
    )


def _last_two_way(clients: list[int], *, at: datetime) -> dict[int, datetime]:
    """By the client that counts: a touch of one that was merged is a touch of the one that stayed."""
    rows = Interaction.objects.two_way().filter(occurred_at__lte=at)
    rows = rows.filter(Q(client__in=clients) | Q(client__merged_into__in=clients)).order_by()
    return dict(rows.values_list(holder_of()).annotate(Max("occurred_at")))
