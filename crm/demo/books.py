"""One client's hours as the ledger sees them: accounts to draw on in order, and rows that keep their balance."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from billing.models import BurnFactor, Coverage, HourAccount, HourPackage, LedgerRow, PackageAlert
from billing.rules.alerts import alerts_due
from crm.demo.world import Made, World
from crm.money import quantise

AFTER_HOURS = Decimal("1.5")  # the demo's people work in office hours, so nothing was drawn at it yet


@dataclass(slots=True)
class Account:
    """An hour account being written; `source` is what its coverage rows say."""

    id: int
    client: int
    source: str
    first: date
    last: date | None
    balance: int = 0
    overage_rate: Decimal = Decimal(0)
    package: int | None = None
    bought: int = 0
    keeper: int | None = None
    told: list[int] = field(default_factory=list)
    told_on: date | None = None

    def holds_on(self, on: date) -> bool:
        return self.first <= on and (self.last is None or on <= self.last) and self.balance > 0


@dataclass(slots=True)
class Sale:
    """A package or a fee that becomes an invoice."""

    client: Made
    on: date
    kind: str
    text: str
    amount: Decimal
    row: int


@dataclass(slots=True)
class Work:
    """Uncovered approved work of one client and month: coverage ids with minutes, by engagement."""

    client: Made
    month: date
    parts: dict[int, list[tuple[int, int, int, Decimal]]] = field(default_factory=dict)


class Ledger:
    """Writes ledger rows with their running balance; accounts themselves are written at the end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts: list[Account] = []

    def open(self, made: Made, source: str, first: date, last: date | None, rate: Decimal) -> Account:
        table = self.world.table(HourAccount)
        account = Account(table.next_id, made.id, source, first, last, overage_rate=rate)
        table.add(client_id=made.id, balance_minutes=0, overdraft_minutes=0)
        self.accounts.append(account)
        return account

    def book(
        self,
        account: Account,
        kind: str,
        minutes: int,
        on: date,
        *,
        covered: int = 0,
        entry: int | None = None,
        by: int | None = None,
    ) -> int:
        account.balance += minutes
        if account.package:
            self._alert(account, on)
        return self.world.table(LedgerRow).add(
            account_id=account.id,
            kind=kind,
            minutes=minutes,
            covered_minutes=covered,
            balance_minutes=account.balance,
            occurred_on=on,
            entry_id=entry,
            source="demo",
            made_by_id=by,
            made_at=self.world.now,
        )

    def _alert(self, account: Account, on: date) -> None:
        """Each mark is told on the day on which a draw reached it."""
        for percent in alerts_due(credited=account.bought, balance=account.balance, raised=account.told):
            account.told.append(percent)
            account.told_on = max(on, account.told_on or on)
            at = datetime.combine(account.told_on, time(18), tzinfo=self.world.now.tzinfo)
            row = {"package_id": account.package, "percent": percent, "bought_minutes": account.bought}
            self.world.table(PackageAlert).add(**row, made_at=at, told_id=account.keeper)

    def close(self) -> None:
        """Puts the final balances into the account rows that were collected."""
        table = self.world.table(HourAccount)
        balance, key = {account.id: account.balance for account in self.accounts}, table.keys.index("balance_minutes")
        for row in table.rows:
            row[key] = balance[row[table.keys.index("id")]]


def sell_package(
    world: World, ledger: Ledger, made: Made, on: date, minutes: int, *, name: str, last: date | None = None
) -> tuple[Account, Sale]:
    """A prepaid package with its purchase row and the sale that finance will invoice."""
    seller = world.sellers[made.country]
    hourly = Decimal("150.00") if made.country == "DE" else Decimal("6500.00")
    price = quantise(hourly * Decimal("0.9") * minutes / 60)
    account = ledger.open(made, Coverage.Source.PACKAGE, on, last, hourly)
    package = world.table(HourPackage).add(
        client_id=made.id,
        seller_id=seller.pk,
        account_id=account.id,
        name=name,
        purchased_minutes=minutes,
        price=price,
        currency=seller.currency,
        price_includes_tax=True,
        valid_from=on,
        expires_on=last,
        overage_rate=hourly,
    )
    world.table(BurnFactor).add(package_id=package, after_hours=True, factor=AFTER_HOURS)
    ledger.book(account, LedgerRow.Kind.PURCHASE, minutes, on, by=made.manager)
    account.package, account.bought, account.keeper = package, minutes, made.manager
    return account, Sale(made, on, "package", name, price, package)
