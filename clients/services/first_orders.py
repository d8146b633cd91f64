"""The plan after a first order: opened once as tasks, each of which closes itself when the thing has happened."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import BusinessProfile, CarePolicy, Client, FirstOrder, Interaction, Need
from clients.rules.first_order import Step, Touch, due_on, steps_taken
from clients.rules.promises import end_of_day
from clients.rules.sla import welcome_call_due_at
from clients.services.feedback import free_days
from clients.services.keepers import first_partner, keeper_of
from clients.services.tasks import TaskDraft, open_tasks, settle_tasks
from crm.access import may
from crm.models import User

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

KIND = "first_order"
TITLES: "Mapping[Step, _StrPromise]" = {
    Step.WELCOME: _("Welcome call"),
    Step.PAYER: _("Meet who pays"),
    Step.USER: _("Meet who uses it"),
    Step.PROFILE: _("Write the business profile"),
    Step.CHECKPOINT: _("First checkpoint"),
    Step.LOYALTY: _("Loyalty test"),
    Step.NEED: _("Note the next need"),
}
PAGES = {
    Step.WELCOME: ("clients:interaction_new", "&kind=call"),
    Step.PAYER: ("clients:meeting_new", ""),
    Step.USER: ("clients:meeting_new", ""),
    Step.CHECKPOINT: ("clients:meeting_new", ""),
    Step.NEED: ("clients:need_new", ""),
}
"""Where a step is taken, asked with `?client=`; the others are taken on the client's card, or where a floor says."""
_pages: dict[Step, tuple[str, str]] = {Step.PROFILE: ("clients:profile_edit", "profile.change")}


def register_step_page(step: Step, url_name: str, right: str) -> None:
    """Names the page of an upper floor on which a step is taken, by whom; it is asked with the client's id."""
    _pages[step] = url_name, right


@transaction.atomic
def open_plan(client: Client, *, ordered_on: date, occasion: str, at: datetime) -> FirstOrder | None:
    """Opens the plan of a client's first order, and closes at once what has been done since; once for a client.

    None where there is a plan, or where it would have ended before today: an old order that is entered late.
    """
    holder = client.holder
    until_on = ordered_on + timedelta(days=CarePolicy.read().plan_days)
    if until_on <= timezone.localdate(at):
        return None
    order, made = FirstOrder.objects.get_or_create(
        client=holder, defaults={"ordered_on": ordered_on, "until_on": until_on, "occasion": occasion[:200]}
    )
    if not made:
        return None
    open_tasks(_drafts(order))
    review_plan(holder, at=at)
    return order


def settle_steps(client: Client, steps: Iterable[Step], *, at: datetime, by: User | None = None) -> int:
    """Closes the tasks of steps that were taken; none is not an error. Safe to run twice."""
    return settle_tasks(KIND, *(source_of(client.holder_id, step) for step in steps), at=at, by=by)


def review_plan(client: Client, *, at: datetime) -> int:
    """Closes what has been done since the order, as the records say."""
    order = FirstOrder.objects.running(on=timezone.localdate(at)).filter(client=client.holder_id).first()
    return settle_steps(order.client, _taken(order), at=at) if order else 0


def review_plans(*, at: datetime) -> int:
    """The same for all running plans, by night."""
    running = FirstOrder.objects.running(on=timezone.localdate(at)).select_related("client")
    return sum(settle_steps(order.client, _taken(order), at=at) for order in running)


def source_of(client: int, step: Step) -> str:
    return f"client:{client}:{step}"


def _taken(order: FirstOrder) -> set[Step]:
    """The steps that interactions, needs and the business profile show as taken."""
    since = timezone.make_aware(datetime.combine(order.ordered_on, datetime.min.time()))
    rows = Interaction.objects.filter(client__in=order.client.family, occurred_at__gte=since)
    taken = {
        step
        for row in rows.prefetch_related("contacts")
        for step in steps_taken(_touch(row), ordered_on=order.ordered_on, days=order.days)
    }
    noted = Need.objects.filter(client__in=order.client.family, created_at__gte=since).exclude(status="dropped")
    written = BusinessProfile.objects.filter(client__in=order.client.family, reviewed_on__gte=order.ordered_on)
    found = ((Step.NEED, noted), (Step.PROFILE, written))
    return taken | {step for step, shown in found if shown.exists()}


def _touch(row: Interaction) -> Touch:
    return Touch(
        row.kind,
        row.direction,
        timezone.localdate(row.occurred_at),
        {contact.buying_role for contact in row.contacts.all()},
        is_missed=row.is_missed,
    )


def _drafts(order: FirstOrder) -> Iterator[TaskDraft]:
    keeper = keeper_of(order.client, fallback=first_partner())
    if keeper is None:
        return
    for step in Step:
        yield TaskDraft(
            kind=KIND,
            source=source_of(order.client_id, step),
            assignee=keeper,
            client=order.client,
            title=TITLES[step],
            detail=format_lazy(_("First order: {occasion}"), occasion=order.occasion),
            due_at=_due_at(order, step),
            url=page_of(order.client, step),
        )


def _due_at(order: FirstOrder, step: Step) -> datetime:
    zone = ZoneInfo(timezone.get_current_timezone_name())
    if step is Step.WELCOME:
        start = timezone.make_aware(datetime.combine(order.ordered_on, datetime.min.time()))
        free = free_days(order.client, at=start)
        return welcome_call_due_at(order.ordered_on, zone=zone, holidays=free)
    return end_of_day(due_on(step, ordered_on=order.ordered_on, days=order.days), zone)


def page_of(client: Client, step: Step) -> str:
    """Where the step is taken."""
    if step in _pages:
        return reverse(_pages[step][0], args=[client.pk])
    if step not in PAGES:
        return reverse("clients:client", args=[client.pk])
    name, more = PAGES[step]
    return f"{reverse(name)}?client={client.pk}{more}"


def may_take(user: User, step: Step) -> bool:
    """Whether the page of the step is open to the person."""
    return step not in _pages or may(user, _pages[step][1])
