"""How an entry would be or is covered, in the words of a page: package before and after, price of the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from billing.models import TimeEntry
from billing.rules.coverage import CoverageRow, Source
from billing.services.time import Plan
from crm.access import Role
from crm.models import User

ICONS = {
    Source.PACKAGE: "hourglass-low",
    Source.RETAINER: "repeat",
    Source.OFFER: "file-text",
    Source.NONE: "hourglass-empty",
    Source.TIME_AND_MATERIALS: "clock-hour-4",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of the cover; `before` and `after` are minutes of an account, `rate` a price an hour.

    `factor` stands where more or fewer minutes are drawn than were worked.
    """

    source: str
    icon: str
    minutes: int
    factor: Decimal | None = None
    name: str = ""
    before: int | None = None
    after: int | None = None
    is_low: bool = False
    rate: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""
    includes_tax: bool = False


def pieces_of(plan: Plan, *, user: User) -> list[Piece]:
    """The parts of a plan, as this person may see them."""
    shown = sees_rates(plan.entry, user)
    return [piece for row in plan.covered.rows for piece in _piece(plan, row, shown)]


def sees_rates(entry: TimeEntry, user: User) -> bool:
    """Agreed rates are for everybody who works for the client, unless the own company keeps them to itself."""
    return entry.seller.consultants_see_rates or user.is_in(Role.PARTNER, Role.ACCOUNT_MANAGER, Role.FINANCE)


def _piece(plan: Plan, row: CoverageRow, shown: bool) -> Iterator[Piece]:
    if row.account_id is None:
        yield Piece(
            row.source.value,
            ICONS[row.source],
            row.covered_minutes,
            rate=row.price.amount if row.price and shown else None,
            amount=row.amount if shown else None,
            currency=row.currency,
            includes_tax=row.price_includes_tax,
        )
        return
    before = plan.balance_before(row.account_id)
    yield Piece(
        row.source.value,
        ICONS[row.source],
        row.covered_minutes,
        factor=row.factor if row.drawn_minutes != row.covered_minutes else None,
        name=_name(plan, row.account_id),
        before=before,
        after=before - row.drawn_minutes,
        is_low=_is_low(plan, row.account_id, before - row.drawn_minutes),
    )


def _name(plan: Plan, account_id: int) -> str:
    package = plan.terms.packages.get(account_id)
    return package.name if package else plan.terms.allowances[account_id].retainer.name


def _is_low(plan: Plan, account_id: int, after: int) -> bool:
    """From 80 per cent used on, as the alerts have it."""
    package = plan.terms.packages.get(account_id)
    return package is not None and after * 5 <= package.purchased_minutes
