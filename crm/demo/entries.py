"""Single rows of work in the demo: an entry as it was logged, and one piece of what covers it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from billing.models import Coverage, TimeEntry
from billing.rules.rounding import RoundingRule
from crm.demo.books import Account, Sale, Work
from crm.demo.names import WORK
from crm.demo.world import Made, World
from crm.money import quantise

HOURLY = {"DE": Decimal("150.00"), "RU": Decimal("6500.00")}


@dataclass(slots=True)
class Books:
    """What finance needs to invoice: sales, and uncovered work by client and month."""

    sales: list[Sale] = field(default_factory=list)
    work: dict[tuple[int, date], Work] = field(default_factory=dict)
    used: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Desk:
    """One client while their work is written."""

    made: Made
    rule: RoundingRule
    accounts: list[Account]
    engagements: dict[int, int]
    buys_packages: bool
    projects: dict[int, int] = field(default_factory=dict)


def write_entry(world: World, desk: Desk, on: date, line: int, raw: int, billed: int, billing: str, status: str) -> int:
    made, user = desk.made, world.random.choice(desk.made.team)
    seller, approved = world.sellers[made.country], status == "approved"
    at = datetime.combine(on, time(18), tzinfo=world.now.tzinfo)
    return world.table(TimeEntry).add(
        employee_id=user,
        client_id=made.id,
        seller_id=seller.pk,
        engagement_id=desk.engagements[line],
        offer_id=desk.projects.get(line),
        service_line_id=line,
        contact_id=_asker(made, on),
        worked_on=on,
        minutes=raw,
        billed_minutes=billed,
        billing_type=billing,
        reason="Short question" if billing == "goodwill" else "",
        description=world.random.choice(WORK[made.country]),
        status=status,
        submitted_at=at if status != "draft" else None,
        approved_at=at + timedelta(days=3) if approved else None,
        approved_by_id=made.manager if approved else None,
        rate_amount=HOURLY[made.country] if approved else None,
        rate_currency=seller.currency if approved else "",
        rate_includes_tax=True if approved else None,
        rate_source=("offer" if line in desk.projects else "seller") if approved else "",
        cost_per_hour=world.cost[user] if approved else None,
        rounding_step_minutes=desk.rule.step_minutes if approved else None,
        rounding_minimum_minutes=desk.rule.minimum_minutes if approved else None,
        created_at=at,
    )


def _asker(made: Made, on: date) -> int | None:
    """Who asked for the work of the day; sometimes nobody noted it."""
    return made.contacts[on.day % len(made.contacts)] if made.contacts and on.day % 3 else None


def write_coverage(
    world: World,
    made: Made,
    entry: int,
    position: int,
    source: str,
    minutes: int,
    *,
    account: int | None = None,
    row: int | None = None,
) -> int:
    priced = source == Coverage.Source.TIME_AND_MATERIALS
    rate = HOURLY[made.country] if priced else None
    return world.table(Coverage).add(
        entry_id=entry,
        position=position,
        source=source,
        account_id=account,
        minutes=minutes,
        drawn_minutes=0 if priced else minutes,
        rate_amount=rate,
        amount=quantise(rate * minutes / 60) if rate else Decimal("0.00"),
        currency=world.sellers[made.country].currency,
        price_includes_tax=True,
        ledger_row_id=row,
    )
