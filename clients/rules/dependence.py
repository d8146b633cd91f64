"""What hangs on one person or one kind of touch: owner dependence and formal-only clients."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

DEPENDENCE_TOUCHES = 10
DEPENDENCE_LEAST = 3
FORMAL_DAYS = 90


def is_formal_only(*, touches: int, mails: int, with_keepers: int) -> bool:
    """Whether only engineers, or only formal mail, met the client: of the touches of the last 90 days."""
    return touches > 0 and (mails == touches or with_keepers == 0)


def sole_employee(people: Collection[int], *, touches: int) -> int | None:
    """The one employee who was at all of the last ten interactions alone; None if there is none, or too few."""
    return next(iter(people)) if touches >= DEPENDENCE_LEAST and len(people) == 1 else None


@dataclass(frozen=True, slots=True)
class Dependence:
    """What would be at stake without one employee; shares are None where there is no revenue to take them of."""

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
