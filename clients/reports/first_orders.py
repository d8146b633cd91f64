"""How far the plan of a first order has come, read from its tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from clients.models import Client, FirstOrder, Task
from clients.rules.first_order import Step
from clients.services.first_orders import KIND, TITLES, may_take, page_of, source_of
from crm.models import User

SHOWN_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PlanStep:
    """`state` is that of its task; without one, because nobody kept the client, the step stands open."""

    step: Step
    title: object
    state: str
    due_at: datetime | None
    closed_at: datetime | None
    url: str

    @property
    def is_over(self) -> bool:
        return self.state in (Task.State.DONE, Task.State.DISMISSED)

    @property
    def is_done(self) -> bool:
        return self.state == Task.State.DONE

    @property
    def due_on(self) -> date | None:
        return timezone.localdate(self.due_at) if self.due_at else None


@dataclass(frozen=True, slots=True)
class Plan:
    order: FirstOrder
    steps: Sequence[PlanStep]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def total(self) -> int:
        """Steps that count: what somebody called not relevant does not."""
        return sum(step.state != Task.State.DISMISSED for step in self.steps)

    @property
    def next(self) -> PlanStep | None:
        """The open step that is due first; those without a day come last."""
        waiting = [step for step in self.steps if not step.is_over]
        return min(waiting, key=lambda step: (step.due_on is None, step.due_on or date.max), default=None)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 100


def shown_plan(client: Client, user: User, *, on: date) -> Plan | None:
    """The plan of a client while it runs, and for a month after, so that what is left is seen."""
    order = FirstOrder.objects.filter(client=client.holder_id).first()
    return plan_of(order, user) if order and _is_shown(order, on) else None


def has_plan(client: Client, *, on: date) -> bool:
    """Whether there is a plan to show; costs nothing where the client was loaded with its first order."""
    order: FirstOrder | None = getattr(client, "first_order", None)
    return order is not None and _is_shown(order, on)


def _is_shown(order: FirstOrder, on: date) -> bool:
    return order.until_on + SHOWN_AFTER >= on


def plan_of(order: FirstOrder, user: User) -> Plan:
    return plans_of([order], user)[0]


def plans_of(orders: Sequence[FirstOrder], user: User) -> list[Plan]:
    """The plans of these orders in their order; the tasks of all of them are asked for once."""
    sources = {source_of(order.client_id, step): (order.pk, step) for order in orders for step in Step}
    rows = Task.objects.filter(kind=KIND, source__in=sources).order_by("pk") if sources else ()
    tasks = {sources[task.source]: task for task in rows}
    return [
        Plan(order, [_step(order.client, user, step, tasks.get((order.pk, step))) for step in Step]) for order in orders
    ]


def _step(client: Client, user: User, step: Step, task: Task | None) -> PlanStep:
    url = page_of(client, step) if may_take(user, step) else ""
    if task is None:
        return PlanStep(step, TITLES[step], Task.State.OPEN, None, None, url)
    return PlanStep(step, TITLES[step], task.state, task.due_at, task.closed_at, url)
