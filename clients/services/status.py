"""Status: suggested from silence as tasks, confirmed by a person with the day since when it holds."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, StatusChange
from clients.rules.status import StatusDate, statistics_date, suggest_status, suggested_since
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, renew_tasks, settle_tasks
from crm.models import User
from crm.web.formats import lazy_day

KIND = "status"
QUIET = timedelta(days=90)


def suggest_status_changes(*, at: datetime) -> int:
    """Opens a task for each client whose silence, or whose new revenue, speaks for another status."""
    clients = Client.objects.current().filter(figures__revenue_as_of_on__isnull=False)
    partner, on = first_partner(), timezone.localdate(at)
    drafts = [
        _draft(client, status, keeper, at)
        for client in clients.select_related("figures", "account_manager", "executive_owner")
        if (status := _suggested(client, on)) and (keeper := keeper_of(client, fallback=partner))
    ]
    return renew_tasks(KIND, drafts, at=at, quiet_since=at - QUIET)


@transaction.atomic
def confirm_status(client: Client, *, status: str, on: date, by: User, at: datetime, reason: str = "") -> StatusChange:
    """Gives a client another status since a day that has come; the history keeps who said so."""
    row = Client.objects.locked().get(pk=client.pk)
    if row.status == status:
        raise ValidationError(_("The client has this status already."), code="already_done")
    if on > timezone.localdate(at):
        raise ValidationError({"on": ValidationError(_("This has not happened yet."), code="future")})
    change = StatusChange(
        client=row, old=row.status, new=status, confirmed_on=on, reason=reason.strip(), made_by=by, made_at=at
    )
    change.full_clean()
    change.save()
    row.status = client.status = status
    row.status_on = client.status_on = on
    row.save(update_fields=["status", "status_on"])
    settle_tasks(KIND, *(_source(row, value) for value in Client.Status.values), at=at, by=by)
    return change


def losses_by(*, on: date) -> dict[int, StatusDate]:
    """The clients that statistics count as lost by a day, by id; two statements.

    The date is the one that a person confirmed. Where nobody did, it is the day from which twelve months without
    revenue speak, unless an agreement runs.
    """
    lost = Client.Status.LOST
    said = dict(StatusChange.objects.losses().filter(client__status=lost).values_list("client_id", "confirmed_on"))
    rows = Client.objects.current().exclude(status=Client.Status.PROSPECT).order_by()
    columns = ("pk", "status", "status_on", "figures__last_revenue_on", "figures__has_agreement")
    found: dict[int, StatusDate] = {}
    for pk, status, status_on, last, has_agreement in rows.values_list(*columns):
        confirmed = said.get(pk) or status_on if status == lost else None
        silent = None if has_agreement else suggested_since(lost, last_revenue_on=last)
        since = statistics_date(confirmed_on=confirmed, suggested_on=silent)
        if since and since.on <= on:
            found[pk] = since
    return found


def _suggested(client: Client, on: date) -> str | None:
    facts = client.facts
    if facts is None:
        return None
    return suggest_status(
        client.status, last_revenue_on=facts.last_revenue_on, has_agreement=facts.has_agreement, on=on
    )


def _source(client: Client, status: str) -> str:
    return f"client:{client.pk}:{status}"


def _draft(client: Client, status: str, keeper: User, at: datetime) -> TaskDraft:
    facts = client.facts
    last = facts.last_revenue_on if facts else None
    return TaskDraft(
        kind=KIND,
        source=_source(client, status),
        assignee=keeper,
        client=client,
        title=format_lazy(_("Call this client {status}?"), status=Client.Status(status).label),
        detail=format_lazy(_("Last revenue on {day}"), day=lazy_day(last)) if last else _("An agreement is running."),
        due_at=at,
        url=f"{reverse('clients:client_status', args=[client.pk])}?status={status}",
        value_at_stake=facts.simple_value if facts else None,
    )
