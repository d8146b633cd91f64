"""Needs: noted with their evidence, mentioned, proposed, won or not wanted; a review ends with the next one."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client, ClientAnchor, Contact, Need, ServiceLine
from clients.models.need import OVER, TOLD
from clients.rules.first_order import Step
from clients.services.feedback import check_contact
from clients.services.first_orders import settle_steps
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_task, settle_tasks
from crm.db import worded
from crm.models import User

MENTION = "mention_services"
MENTION_WITHIN = timedelta(days=3)
MENTIONED_FOR = timedelta(days=180)
"""By when a service that was merely mentioned is looked at again [our choice]."""
Status = Need.Status


@transaction.atomic
def note_need(need: Need, *, by: User, on: date) -> Need:
    """Saves a new need; one of a client and a service line is open at a time."""
    need.logged_by = by
    need.currency = need.currency or need.client.currency
    saved = _saved(_moved(need, need.status or Status.OPEN, on=on))
    settle_steps(saved.client, [Step.NEED], at=saved.created_at, by=by)
    return saved


@transaction.atomic
def change_need(need: Need) -> Need:
    """Saves what was corrected. `wrong_status` once it is over."""
    if Need.objects.locked().get(pk=need.pk).is_over:
        raise ValidationError(_("This need is over: open it again to change it."), code="wrong_status")
    return _saved(need)


@transaction.atomic
def move_need(need: Need, *, to: str, on: date, reason: str = "") -> Need:
    """Says where a need stands now, forward or back. `already_done` where it stands there; `required` without a reason
    for what is not wanted."""
    row = Need.objects.locked().get(pk=need.pk)
    if row.status == to:
        raise ValidationError(_("This is so already."), code="already_done")
    row.reason = reason.strip() or row.reason
    if to == Status.DROPPED and not row.reason:
        raise ValidationError({"reason": ValidationError(_("Say why it is not wanted."), code="required")})
    return _saved(_moved(row, to, on=on))


def ask_to_mention(client: Client, *, occasion: str, on: date) -> None:
    """At delivery asks who keeps the client to speak of neighbouring services; once, while that is not done."""
    keeper = keeper_of(client, fallback=first_partner())
    if keeper is None or not neighbours_of(client).exists():
        return
    asked = urlencode({"occasion": occasion})
    open_task(
        TaskDraft(
            kind=MENTION,
            source=f"client:{client.pk}",
            assignee=keeper,
            client=client,
            title=_("Which other services did you mention?"),
            detail=format_lazy(_("Delivered: {what}"), what=occasion),
            due_at=timezone.make_aware(datetime.combine(on + MENTION_WITHIN, time(9))),
            url=f"{reverse('clients:service_mention', args=[client.pk])}?{asked}",
        )
    )


@transaction.atomic
def mention_services(
    client: Client,
    lines: Iterable[ServiceLine],
    *,
    by: User,
    at: datetime,
    evidence: str,
    contact: Contact | None = None,
) -> list[Need]:
    """Ticks services as mentioned: what is noted already moves on, what is not becomes a need. Safe to repeat.

    The question that delivery asked is answered with it.
    """
    on = timezone.localdate(at)
    known = {row.service_line_id: row for row in Need.objects.unfinished().filter(client=client).locked()}
    made = []
    for line in lines:
        row = known.get(line.pk)
        if row is None:
            fresh = Need(client=client, service_line=line, evidence=evidence, due_on=on + MENTIONED_FOR)
            fresh.status, fresh.contact = Status.MENTIONED, contact
            made.append(note_need(fresh, by=by, on=on))
        elif row.status == Status.OPEN:
            made.append(move_need(row, to=Status.MENTIONED, on=on))
    settle_tasks(MENTION, f"client:{client.pk}", at=at, by=by)
    return made


def neighbours_of(client: Client) -> QuerySet[ServiceLine]:
    """What the client does not use: the services worth a word when work is delivered."""
    used = ClientAnchor.objects.filter(client=client.holder_id, is_active=True).values("service_line")
    return ServiceLine.objects.filter(is_active=True).exclude(pk__in=used)


def next_need(client: Client, *, on: date) -> Need | None:
    """What the client will need first."""
    return Need.objects.ahead(on=on).filter(client__in=client.family).select_related("service_line").first()


def require_next_need(client: Client, *, on: date) -> None:
    """What every review asks before it closes. Raises `next_need` where nobody wrote down what comes next."""
    if next_need(client, on=on) is None:
        message = _("Write down what %(name)s will need next: a review does not close without it.")
        raise ValidationError(message, code="next_need", params={"name": client})


def _moved(need: Need, to: str, *, on: date) -> Need:
    """The row as it stands after a move: the day of the mention stays, that of the end goes with the end."""
    need.status = to
    need.closed_on = on if to in OVER else None
    if to in TOLD:
        need.mentioned_on = need.mentioned_on or on
    elif to == Status.OPEN:
        need.mentioned_on = None
    return need


def _saved(need: Need) -> Need:
    check_contact(need)
    need.full_clean()
    with worded():
        need.save()
    return need
