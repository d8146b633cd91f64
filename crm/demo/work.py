"""Three years of work: agreements, time entries in worked order, and how each minute is covered."""

from bisect import insort
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from billing.models import Coverage, Engagement, EngagementMember, LedgerRow
from billing.rules.rounding import RoundingRule, round_minutes
from clients.models import Client
from crm.demo.books import Ledger, Work, sell_package
from crm.demo.entries import HOURLY, Books, Desk, write_coverage, write_entry
from crm.demo.levels import make_levels
from crm.demo.offers import close_projects, open_project
from crm.demo.retainers import open_retainer
from crm.demo.world import Made, World
from crm.periods import month_start, week_start

A_DAY, LEFT, HEADROOM = 480, 510, 240
TRAININGS, PAUSE = 15, timedelta(days=4)
LENGTHS = (15, 20, 30, 30, 45, 60, 60, 90, 90, 120, 150, 180, 240)


def make_work(world: World) -> Books:
    books, ledger = Books(), Ledger(world)
    desks: list[Desk] = []
    total = sum(made.weight for made in world.clients)
    for made in world.clients:
        if made.status == Client.Status.PROSPECT:
            continue
        desk = _open_desk(world, ledger, books, made)
        desks.append(desk)
        entries = max(3, round(world.scale.entries * made.weight / total))
        if made.showcase and desk.buys_packages:
            _work_and_train(world, ledger, books, desk, _days(world, made, entries))
            continue
        for on in _days(world, made, entries):
            _work_once(world, ledger, books, desk, on)
    make_levels(world, ledger, books, desks)
    close_projects(world, books.used)
    ledger.close()
    return books


def _open_desk(world: World, ledger: Ledger, books: Books, made: Made) -> Desk:
    seller = world.sellers[made.country]
    rule = RoundingRule(seller.rounding_minimum_minutes, seller.rounding_step_minutes)
    desk = Desk(made, rule, [], {}, made.country == "DE" and (made.tier != "c" or world.chance(0.3)))
    for place, line in enumerate(made.lines):
        _open_engagement(world, desk, line, with_offer=place > 0 or (made.country == "DE" and made.tier == "c"))
    if made.country == "RU" and made.tier != "c":
        accounts, fees = open_retainer(world, ledger, made)
        desk.accounts.extend(accounts)
        books.sales.extend(fees)
    return desk


def _open_engagement(world: World, desk: Desk, line: int, *, with_offer: bool) -> None:
    """Further lines of work begin with an accepted offer, the first one runs on packages or by time."""
    made = desk.made
    start = max(made.joined_on, world.today - timedelta(days=world.scale.months * 30))
    start = min(start, made.left_on or start)
    if with_offer:
        desk.projects[line] = open_project(world, made, line, start)
    engagement = world.table(Engagement).add(
        client_id=made.id,
        offer_id=desk.projects.get(line),
        seller_id=world.sellers[made.country].pk,
        name=next(each.name for each in world.lines.values() if each.pk == line),
        service_line_id=line,
        lead_id=made.team[-1],
        status="closed" if made.left_on else "open",
        started_on=start,
        closed_on=made.left_on,
    )
    for user in made.team:
        world.table(EngagementMember).add(engagement_id=engagement, user_id=user, from_on=start)
    desk.engagements[line] = engagement


def _days(world: World, made: Made, count: int) -> Iterator[date]:
    """Working days in order, denser lately for clients that grow."""
    start = max(made.joined_on, world.today - timedelta(days=world.scale.months * 30 - 20))
    span = ((made.left_on or world.today) - start).days
    if span < 1:
        return
    days: list[date] = []
    for _each in range(count):
        on = start + timedelta(days=int(world.random.random() ** 0.8 * span))
        insort(days, on - timedelta(days=max(0, on.weekday() - 4)))
    yield from (day for day in days if day >= start)


def _work_once(world: World, ledger: Ledger, books: Books, desk: Desk, on: date) -> None:
    """One entry: logged, in most cases approved, its minutes covered in order."""
    random, made = world.random, desk.made
    line = random.choice(made.lines)
    raw = random.choice(LENGTHS)
    billing = "goodwill" if world.chance(0.04) else "non_billable" if world.chance(0.03) else "billable"
    status = _status(world, on)
    billed = round_minutes(raw, desk.rule) if billing == "billable" else 0
    entry = write_entry(world, desk, on, line, raw, billed, billing, status)
    if billing == "billable":
        if line in desk.projects:
            books.used[desk.projects[line]] += billed
        _cover(world, ledger, books, desk, on, line=line, entry=entry, billed=billed, booked=status == "approved")


def _status(world: World, on: date) -> str:
    monday = week_start(world.today)
    if on >= monday:
        return "draft"
    return "submitted" if on >= monday - timedelta(days=7) else "approved"


def _cover(
    world: World,
    ledger: Ledger,
    books: Books,
    desk: Desk,
    on: date,
    line: int,
    entry: int,
    billed: int,
    *,
    booked: bool,
) -> None:
    """Draws on what holds that day, in order; the rest is time and materials. Plans do not move the ledger."""
    if (
        desk.buys_packages
        and booked
        and line not in desk.projects
        and sum(each.balance for each in desk.accounts) <= 300
    ):
        _buy_when_low(world, ledger, books, desk, on)
    rest, position = billed, 0
    usable = [] if line in desk.projects else [each for each in desk.accounts if each.holds_on(on)]
    for account in usable:
        part = min(rest, account.balance)
        row = ledger.book(account, LedgerRow.Kind.DRAW, -part, on, covered=part, entry=entry) if booked else None
        write_coverage(world, desk.made, entry, position, account.source, part, account=account.id, row=row)
        rest, position = rest - part, position + 1
        if not rest:
            return
    coverage = write_coverage(world, desk.made, entry, position, Coverage.Source.TIME_AND_MATERIALS, rest)
    if booked:
        month = month_start(on)
        work = books.work.setdefault((desk.made.id, month), Work(desk.made, month))
        work.parts.setdefault(line, []).append((coverage, entry, rest, HOURLY[desk.made.country]))


def _buy_when_low(world: World, ledger: Ledger, books: Books, desk: Desk, on: date) -> None:
    """A client whose hours run out tops up, most of them in time, some only weeks later."""
    if not world.chance(0.35):
        return
    minutes = world.random.choice((3000, 3000, 6000))
    account, sale = sell_package(
        world, ledger, desk.made, on, minutes=minutes, name=f"Support {on.year}, {minutes // 60} h"
    )
    desk.accounts.append(account)
    books.sales.append(sale)


def _work_and_train(world: World, ledger: Ledger, books: Books, desk: Desk, days: Iterable[date]) -> None:
    """Days of training every other day, until exactly what the showcase shows is left in the middle of last month.

    In the order of days, so that the ledger reads as it was written.
    """
    last = world.today - timedelta(days=world.today.weekday() + 10)
    plan = [(on, False) for on in days if not last - PAUSE < on <= last]
    trainings = [last - timedelta(days=2 * back) for back in range(TRAININGS)]
    plan += [(on - timedelta(days=max(0, on.weekday() - 4)), True) for on in trainings]
    to_come = TRAININGS
    for on, trains in sorted(plan):
        if trains:
            to_come -= 1
            _train(world, ledger, books, desk, on, to_come=to_come)
        else:
            _work_once(world, ledger, books, desk, on)


def _train(world: World, ledger: Ledger, books: Books, desk: Desk, on: date, *, to_come: int) -> None:
    """A day at most, while hours for what is to come stay; the last one takes what is over. Topped up if need be."""
    line = desk.made.lines[0]
    if sum(account.balance for account in desk.accounts) < LEFT:
        account, sale = sell_package(world, ledger, desk.made, on, minutes=3000, name=f"Support {on.year}, 50 h")
        desk.accounts.append(account)
        books.sales.append(sale)
    over = sum(account.balance for account in desk.accounts) - LEFT - HEADROOM * to_come
    part = min(over, A_DAY) if to_come else over
    if part > 0:
        entry = write_entry(world, desk, on, line, part, part, "billable", "approved")
        _cover(world, ledger, books, desk, on, line=line, entry=entry, billed=part, booked=True)
