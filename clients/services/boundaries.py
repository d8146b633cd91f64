"""Scope requests: written down with their answer; unpaid ones that pile up ask the keeper to set the boundary."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import CarePolicy, Client, ScopeRequest, Task
from clients.models.client import holder_of
from clients.models.scope import ScopeQuery
from clients.services.feedback import check_contact
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_task, renew_tasks, settle_tasks
from crm.db import worded
from crm.models import User

KIND = "boundary"


@transaction.atomic
def save_request(row: ScopeRequest, *, by: User, at: datetime) -> ScopeRequest:
    """Saves a request with its answer, if there is one; who answers without a name is `by`. `future` for tomorrow's."""
    if (day := row.asked_on) and day > timezone.localdate(at):
        raise ValidationError({"asked_on": ValidationError(_("This has not happened yet."), code="future")})
    if not row.pk:
        row.logged_by = by
    row.answered_by = (row.answered_by or by) if row.answer else None
    check_contact(row)
    row.full_clean()
    with worded():
        row.save()
    review_boundary(row.client, at=at)
    return row


def unpaid_lately(client: Client, *, on: date) -> int:
    """Requests of the days that the policy names which were done and paid by nobody, whatever was said since."""
    policy = CarePolicy.read()
    rows = ScopeRequest.objects.unpaid().filter(client__in=client.family)
    return rows.asked_since(on - timedelta(days=policy.boundary_days), on=on).count()


def review_boundary(client: Client, *, at: datetime) -> None:
    """Opens the task of one client when its unpaid requests pile up, or settles it when they no longer do."""
    holder = client.holder
    wanted = list(_drafts(at, {holder.pk: holder}))
    if wanted:
        open_task(wanted[0])
    else:
        settle_tasks(KIND, source_of(holder.pk), at=at)


def review_boundaries(*, at: datetime) -> int:
    """The same for all clients, by night: requests grow old, and some are corrected or taken back."""
    return renew_tasks(KIND, _drafts(at), at=at)


def source_of(client: int) -> str:
    return f"client:{client}"


def _drafts(at: datetime, clients: Mapping[int, Client] | None = None) -> Iterator[TaskDraft]:
    """A draft for each client with so many unpaid requests since somebody last closed its task."""
    policy, on = CarePolicy.read(), timezone.localdate(at)
    first = on - timedelta(days=policy.boundary_days)
    rows = ScopeRequest.objects.unpaid().asked_since(first, on=on)
    if clients is not None:
        rows = rows.filter(Q(client__in=clients) | Q(client__merged_into__in=clients))
    many = _counted(rows, policy.boundary_requests)
    said = _said_since(first, many)
    due = {pk: n for pk, n in many.items() if pk not in said or _since(rows, pk, said[pk]) >= policy.boundary_requests}
    partner = first_partner()
    for client in Client.objects.select_related("account_manager", "executive_owner").filter(pk__in=due):
        if keeper := keeper_of(client, fallback=partner):
            yield _draft(client, keeper, n=due[client.pk], days=policy.boundary_days, at=at)


def _counted(rows: ScopeQuery, least: int) -> dict[int, int]:
    counted = rows.order_by().values_list(holder_of()).annotate(n=Count("pk")).filter(n__gte=least)
    return dict(counted)


def _said_since(first: date, clients: Mapping[int, int]) -> dict[int, date]:
    """When somebody last closed the task of these clients: only requests that came after it count again."""
    sources = {source_of(pk): pk for pk in clients}
    closed = Task.objects.filter(kind=KIND, source__in=sources, closed_at__date__gte=first, closed_by__isnull=False)
    moments = closed.order_by("closed_at").values_list("source", "closed_at")
    return {sources[source]: timezone.localdate(moment) for source, moment in moments if moment}


def _since(rows: ScopeQuery, client: int, day: date) -> int:
    return rows.filter(Q(client=client) | Q(client__merged_into=client), asked_on__gt=day).count()


def _draft(client: Client, keeper: User, *, n: int, days: int, at: datetime) -> TaskDraft:
    words = _(
        "{n} requests beyond the contract in {days} days, done and not paid: say what is included and what is not."
    )
    return TaskDraft(
        kind=KIND,
        source=source_of(client.pk),
        assignee=keeper,
        client=client,
        title=_("Set the boundary"),
        detail=format_lazy(words, n=n, days=days),
        due_at=at,
        url=f"{reverse('clients:scope_list')}?client={client.pk}",
    )
