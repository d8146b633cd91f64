"""What became of hours that were used up: lots followed by another purchase, how fast they burnt, and who stopped."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from billing.models import HourPackage, LedgerRow
from billing.models.hours import LedgerQuery
from billing.reports.avoided import clients_of
from billing.rules.top_ups import (
    FEWEST,
    GRACE_DAYS,
    FollowedShare,
    Judged,
    Lot,
    UsedUp,
    followed_share,
    judge,
    used_up,
    weekly_burn,
)
from clients.models import Client
from clients.models.client import holder_of
from crm.models import User
from crm.money import round_half_up


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One client's lots that are used up; `judged` are those followed, or empty for longer than the grace."""

    client: Client
    used_up: int
    judged: int
    followed: int
    last_used_up_on: date

    @property
    def stopped(self) -> int:
        return self.judged - self.followed


@dataclass(frozen=True, slots=True)
class FollowUps:
    """`share` is None below ten judged lots, `weekly_minutes` below ten used up; clients who stopped come first."""

    rows: list[FollowUp]
    judged: int
    share: FollowedShare | None
    weekly_minutes: int | None
    grace_days: int = GRACE_DAYS

    @property
    def missing(self) -> int:
        """Judged lots that a share still needs."""
        return max(0, FEWEST - self.judged)

    @property
    def bounds(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Share, low and high as fractions with six decimals."""
        if self.share is None:
            return None
        share, low, high = (
            round_half_up(Decimal(repr(each)), 6) for each in (self.share.share, self.share.low, self.share.high)
        )
        return share, low, high


def follow_ups(user: User, *, on: date) -> FollowUps:
    """Of every paid package that was sold to clients whom the person keeps; a partner and finance see all."""
    packages = HourPackage.objects.open().filter(kind=HourPackage.Kind.PAID, client__in=clients_of(user).with_merged())
    owners = dict(packages.order_by().annotate(holder=holder_of()).values_list("account", "holder"))
    lots, gone = _by_client(owners, on=on)
    clients = Client.objects.select_related("figures").in_bulk(gone)
    rows, judged = [], Judged(0, 0)
    for pk, ended in gone.items():
        one = judge(ended, [lot.bought_on for lot in lots[pk]], on=on)
        judged = Judged(judged.lots + one.lots, judged.followed + one.followed)
        rows.append(FollowUp(clients[pk], len(ended), *one, max(each.used_up_on for each in ended)))
    burn = weekly_burn([each for ended in gone.values() for each in ended])
    order = sorted(rows, key=lambda row: (-row.stopped, -row.last_used_up_on.toordinal(), row.client.name))
    return FollowUps(order, judged.lots, followed_share(judged), None if burn is None else round(burn))


def _by_client(owners: Mapping[int, int], *, on: date) -> tuple[Mapping[int, list[Lot]], Mapping[int, list[UsedUp]]]:
    """By client all lots that were bought, and those of them that are used up; `owners` are clients by account."""
    ledger = LedgerRow.objects.filter(account__in=owners, occurred_on__lte=on).order_by()
    drawn = _drawn(ledger, on=on)
    bought: dict[int, list[Lot]] = defaultdict(list)
    purchases = ledger.filter(kind=LedgerRow.Kind.PURCHASE, reversal=None)
    for account, day, minutes in purchases.values_list("account", "occurred_on", "minutes"):
        bought[account].append(Lot(day, minutes))
    lots: dict[int, list[Lot]] = defaultdict(list)
    gone: dict[int, list[UsedUp]] = defaultdict(list)
    for account, owned in bought.items():
        lots[owners[account]] += owned
        gone[owners[account]] += used_up(owned, drawn[account])
    return lots, {client: ended for client, ended in gone.items() if ended}


def _drawn(ledger: LedgerQuery, *, on: date) -> Mapping[int, list[tuple[date, int]]]:
    """Minutes of work by account and day, less what was given back; what expired or was refunded is none."""
    moves: dict[int, list[tuple[date, int]]] = defaultdict(list)
    days = ledger.of_work(on=on).values_list("account", "occurred_on")
    for account, day, minutes in days.annotate(Sum("minutes")):
        moves[account].append((day, -minutes))
    return moves
