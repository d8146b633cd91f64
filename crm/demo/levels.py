"""A package at each level for both companies: full, half, nearly empty, empty, and one that expired with a rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from billing.models import Coverage, LedgerRow
from crm.demo.books import Ledger, sell_package
from crm.demo.entries import Books, Desk, write_coverage, write_entry
from crm.demo.world import World

HOURS = 10
BOUGHT_AGO = timedelta(days=150)
PIECE = 150
NAMES = {"DE": "Support, {hours} h", "RU": "Пакет на {hours} ч"}


@dataclass(frozen=True, slots=True)
class Level:
    """How many minutes of the package were used, and how many days ago it ended."""

    used: int
    ended_ago: int | None = None


LEVELS = (Level(0), Level(300), Level(555), Level(600), Level(240, ended_ago=20))


def make_levels(world: World, ledger: Ledger, books: Books, desks: list[Desk]) -> None:
    """Sold to smaller clients where there are some, so that the two that visitors open first stay as they are."""
    for country in world.sellers:
        served = [desk for desk in desks if desk.made.country == country and desk.made.left_on is None]
        served.sort(key=lambda desk: (desk.made.showcase, desk.buys_packages, bool(desk.accounts), desk.made.id))
        for place, level in enumerate(LEVELS):
            _use(world, ledger, books, served[place % len(served)], level)


def _use(world: World, ledger: Ledger, books: Books, desk: Desk, level: Level) -> None:
    made = desk.made
    last = world.today - timedelta(days=level.ended_ago) if level.ended_ago is not None else None
    on = max(made.joined_on, world.today - BOUGHT_AGO)
    name = NAMES[made.country].format(hours=HOURS)
    account, sale = sell_package(world, ledger, made, on, minutes=HOURS * 60, name=name, last=last)
    books.sales.append(sale)
    for day, minutes in _pieces(level, on, last or world.today - timedelta(days=10)):
        entry = write_entry(world, desk, day, made.lines[0], minutes, minutes, "billable", "approved")
        row = ledger.book(account, LedgerRow.Kind.DRAW, -minutes, day, covered=minutes, entry=entry)
        write_coverage(world, made, entry, 0, Coverage.Source.PACKAGE, minutes, account=account.id, row=row)
    if last and account.balance:
        ledger.book(account, LedgerRow.Kind.EXPIRY, -account.balance, last + timedelta(days=1))


def _pieces(level: Level, first: date, last: date) -> Iterator[tuple[date, int]]:
    """The used minutes in pieces, spread over the working days of the time in which they could be used."""
    count = -(-level.used // PIECE)
    for place in range(count):
        day = first + (last - first) * place // count
        day = min(last, day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0))
        yield day, min(PIECE, level.used - place * PIECE)
