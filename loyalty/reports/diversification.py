"""The plan to need the largest client less: what revenue of others is missing to its limit, and what new clients bring.

It holds the largest client and all others still; the pace is that of the last twelve months, no forecast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil

from django.db.models import Min

from billing.models import RevenueDay
from crm.periods import DateRange, add_months, quarter_start, trailing_months
from loyalty.models import LoyaltyPolicy
from loyalty.rules.concentration import revenue_to_reach
from loyalty.services.concentration import Amounts, Basis, concentration_report
from loyalty.services.holders import Holder

ZERO = Decimal(0)
QUARTERS = 4


@dataclass(frozen=True, slots=True)
class Intake:
    """Client groups whose first revenue lies in a quarter, and what they have brought within twelve months."""

    quarter_on: date
    clients: int
    amount: Decimal
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Plan:
    """`missing` is 0 once the largest is under its limit; `months` and `clients_needed` None where nobody new came."""

    limit: Decimal
    missing: Decimal
    new_clients: int
    new_amount: Decimal
    new_share: Decimal
    months: int | None
    clients_needed: int | None
    intake: tuple[Intake, ...]


def diversification(revenue: Amounts, *, on: date) -> Plan | None:
    """The plan from clients' revenue of twelve months, counted by group; None without any."""
    year = concentration_report(Basis.REVENUE, window=trailing_months(on, 12), amounts=revenue)
    rows, total = year.figures.rows, sum((row.amount for row in year.figures.rows), ZERO)
    if not rows or not total:
        return None
    limit = LoyaltyPolicy.load().top1_limit_percent / 100
    missing = revenue_to_reach(rows[0].amount, total, limit) if limit else ZERO
    first, held = _first_days(on, year.holder_of), {row.key: row.amount for row in rows}
    fresh = {key: day for key, day in first.items() if day > add_months(on, -12) and key != rows[0].key}
    amount = sum((held.get(key, ZERO) for key in fresh), ZERO)
    return Plan(
        limit=limit,
        missing=missing,
        new_clients=len(fresh),
        new_amount=amount,
        new_share=amount / total,
        months=ceil(12 * missing / amount) if amount > 0 else None,
        clients_needed=ceil(missing * len(fresh) / amount) if amount > 0 else None,
        intake=tuple(_intake(span, fresh, held, total) for span in _quarters(on)),
    )


def _first_days(on: date, groups: Mapping[int, Holder]) -> dict[Holder, date]:
    """When each group first brought revenue: a new company of an old group is no new client."""
    rows = RevenueDay.objects.standing().filter(issued_on__lte=on).order_by()
    found: dict[Holder, date] = {}
    for client, day in rows.values_list("client").annotate(day=Min("issued_on")):
        key = groups.get(client, client)
        found[key] = min(day, found.get(key, day))
    return found


def _quarters(on: date) -> list[DateRange]:
    """The quarter that runs and the three before, the newest first."""
    starts = [add_months(quarter_start(on), -3 * back) for back in range(QUARTERS)]
    return [DateRange(start, add_months(start, 3)) for start in starts]


def _intake(span: DateRange, fresh: Mapping[Holder, date], held: Mapping[Holder, Decimal], total: Decimal) -> Intake:
    came = [key for key, day in fresh.items() if day in span]
    amount = sum((held.get(key, ZERO) for key in came), ZERO)
    return Intake(span.start, len(came), amount, amount / total if came else None)
