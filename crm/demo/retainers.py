"""Russian clients on a retainer: a fee each month, hours inside, unused hours lapse."""

from datetime import date, timedelta
from decimal import Decimal

from billing.models import Coverage, LedgerRow, Retainer, RetainerPeriod
from billing.services.fees import draft_due_fees
from billing.services.taxes import answer_rate_change
from crm.access import Role
from crm.demo.books import Account, Ledger, Sale
from crm.demo.world import Made, World
from crm.money import quantise
from crm.periods import add_months, month_end, month_start

BASE_FEE = 80_000


def open_retainer(world: World, ledger: Ledger, made: Made) -> tuple[list[Account], list[Sale]]:
    """A running (or ended) contract with one hour account for each month up to today."""
    start = month_start(max(made.joined_on, world.today - timedelta(days=world.scale.months * 30)))
    start = add_months(start, 1) if start < made.joined_on else start
    if made.left_on and start > made.left_on:
        return [], []
    fee = quantise(Decimal(BASE_FEE if made.showcase else _fee_of(made.weight)))
    minutes = int(fee / 6500 * 60 // 60 * 60)
    retainer = _contract(world, made, start, fee, minutes)
    accounts, sales = [], []
    for month in _months(start, made.left_on or world.today):
        account, sale = _period(world, ledger, made, retainer, month, fee, minutes)
        accounts.append(account)
        sales.append(sale)
    if made.showcase and not made.left_on:
        sales.pop()  # the schedule drafts it, with the hours of the month before
    return accounts, sales


def draft_running_fees(world: World) -> None:
    """The fee of this month of the client whom the demo shows, as the schedule drafts it once its VAT is answered."""
    asked = draft_due_fees(on=world.today, at=world.now).question
    if asked is not None:
        answer_rate_change(
            asked.client,
            agreement=asked.agreement,
            agreed_percent=asked.agreed_percent,
            new_percent=asked.new_percent,
            choice="price_stays",
            by=world.people[Role.FINANCE][0],
        )
        draft_due_fees(on=world.today, at=world.now)


def _fee_of(weight: float) -> int:
    """Larger clients pay more, in steps of 5 000."""
    steps = round(float(BASE_FEE * min(weight, 12) ** 0.6) / 5000)
    return max(30_000, steps * 5000)


def _contract(world: World, made: Made, start: date, fee: Decimal, minutes: int) -> int:
    years = (world.today.year - start.year) + 1
    return world.table(Retainer).add(
        client_id=made.id,
        seller_id=world.sellers["RU"].pk,
        name="Абонентское обслуживание",
        lead_id=made.team[-1],
        monthly_fee=fee,
        currency="RUB",
        price_includes_tax=True,
        starts_on=start,
        term_months=12 * years,
        committed_until_on=add_months(start, 12 * years) - timedelta(days=1),
        ended_on=(ended := made.left_on if made.left_on and made.left_on >= start else None),
        notice_given_on=max(start, ended - timedelta(days=30)) if ended else None,
        included_minutes=minutes,
        overage_rate=Decimal("6500.00"),
        one_off_price=(fee * Decimal("12.5")).quantize(Decimal(1)),
        one_off_minutes=minutes * 12,
        one_off_months=12,
        status="ended" if made.left_on else "active",
    )


def _months(start: date, until: date) -> list[date]:
    months, month = [], start
    while month <= until:
        months.append(month)
        month = add_months(month, 1)
    return months


def _period(
    world: World, ledger: Ledger, made: Made, retainer: int, month: date, fee: Decimal, minutes: int
) -> tuple[Account, Sale]:
    account = ledger.open(made, Coverage.Source.RETAINER, month, month_end(month), Decimal("6500.00"))
    ledger.book(account, LedgerRow.Kind.GRANT, minutes, month)
    period = world.table(RetainerPeriod).add(
        retainer_id=retainer, starts_on=month, ends_on=month_end(month), draft_on=month, fee=fee, account_id=account.id
    )
    return account, Sale(made, month, "retainer", f"Абонентское обслуживание, {month:%m.%Y}", fee, period)
