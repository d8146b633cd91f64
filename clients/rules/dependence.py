"""What hangs on one person or one kind of touch: owner dependence and formal-only clients."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

DEPENDENCE_TOUCHES = 10
DEPENDENCE_LEAST = 3
FORMAL_DAYS = 90


@dataclass(frozen=True, slots=True)
class Touch:
    """One interaction: a mail or not, and whether none of our people there keeps clients."""

    occurred_on: date
    is_mail: bool
    by_engineers_only: bool


def is_formal_only(touches: Iterable[Touch], *, on: date, days: int = FORMAL_DAYS) -> bool:
    """Whether only engineers, or only formal mail, met the client in the last 90 days."""
    recent = [touch for touch in touches if on - timedelta(days=days) < touch.occurred_on <= on]
    if not recent:
        return False
    return all(touch.by_engineers_only for touch in recent) or all(touch.is_mail for touch in recent)


def sole_employee(newest_first: Sequence[Collection[int]]) -> int | None:
    """The one employee who was at all of the last ten interactions alone; None if there is none, or too few."""
    last = newest_first[:DEPENDENCE_TOUCHES]
    people = {employee for present in last for employee in present}
    return next(iter(people)) if len(last) >= DEPENDENCE_LEAST and len(people) == 1 else None


@dataclass(frozen=True, slots=True)
class Dependence:
    """What would be at stake without one employee."""

    employee_id: int
    clients: int
    revenue: Decimal
    revenue_share: Decimal | None


def owner_dependence(sole: Iterable[tuple[int | None, Decimal]]) -> list[Dependence]:
    """By employee: the clients whom nobody else touches, given each client's sole employee and revenue.

    The largest revenue comes first. Shares are of the revenue of all clients given.
    """
    rows = list(sole)
    total = sum((revenue for _, revenue in rows), Decimal(0))
    found = [
        _dependence(employee, [revenue for one, revenue in rows if one == employee], total)
        for employee in {one for one, _ in rows if one is not None}
    ]
    return sorted(found, key=lambda row: (-row.revenue, row.employee_id))


def _dependence(employee_id: int, revenues: Sequence[Decimal], total: Decimal) -> Dependence:
    own = sum(revenues, Decimal(0))
    return Dependence(employee_id, len(revenues), own, own / total if total > 0 else None)
