"""From worked to billed minutes: once, by the seller's rule, before anything is split."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import F, Q, Sum

from billing.models import TimeEntry
from billing.models.time import BOOKED
from billing.rules.rounding import RoundingRule, RoundingScope, bill_minutes, carry_from
from clients.models import Client, Seller


class Day(NamedTuple):
    """What a seller's rounding by day adds up: one client's billable work of one day."""

    seller_id: int
    client_id: int
    on: date


class Sums(NamedTuple):
    raw: int = 0
    billed: int = 0


def rounding_rule(seller: Seller) -> RoundingRule:
    return RoundingRule(
        seller.rounding_minimum_minutes, seller.rounding_step_minutes, RoundingScope(seller.rounding_scope)
    )


def round_entries(entries: Sequence[TimeEntry]) -> None:
    """Sets `billed_minutes`, in the order given; where a seller rounds by day, the last entry carries the rest."""
    days = _booked_days(entries)
    for entry in entries:
        if entry.billing_type != TimeEntry.BillingType.BILLABLE:
            entry.billed_minutes = 0
            continue
        day = _day_of(entry)
        sums = days.get(day, Sums())
        entry.billed_minutes = bill_minutes(
            entry.charged_minutes, rounding_rule(entry.seller), day_raw=sums.raw, day_billed=sums.billed
        )
        days[day] = Sums(sums.raw + entry.charged_minutes, sums.billed + entry.billed_minutes)


def hold_days(entries: Iterable[TimeEntry]) -> None:
    """Lets nobody else book on days that a seller rounds as a whole, until commit; no query for other sellers."""
    clients = {entry.client_id for entry in entries if _by_day(entry)}
    if clients:
        list(Client.objects.filter(pk__in=clients).locked().values_list("pk"))


def days_of(entries: Iterable[TimeEntry]) -> set[Day]:
    """The days of approved work that a seller rounds as a whole: what is left there carries a difference."""
    booked = [entry for entry in entries if entry.status in BOOKED and _by_day(entry)]
    return {_day_of(entry) for entry in booked}


def to_carry(days: Collection[Day]) -> list[TimeEntry]:
    """The last approved work of these days that no longer adds up to its day as a whole, locked.

    Day by day, in approval order; as many statements for a year as for a day. What stands on a document or a statement
    keeps its minutes, and so does what was approved before it.
    """
    entries = _booked_on(days)
    kept = _kept(entries)
    by_day: dict[Day, list[TimeEntry]] = {}
    for entry in entries:
        by_day.setdefault(_day_of(entry), []).append(entry)
    return [entry for day in sorted(by_day) for entry in by_day[day][_carried_from(by_day[day], kept) :]]


def _booked_on(days: Collection[Day]) -> list[TimeEntry]:
    """What is approved on these days, locked in id order and read in approval order."""
    if not days:
        return []
    named = [Q(seller=day.seller_id, client=day.client_id, worked_on=day.on) for day in days]
    rows = TimeEntry.objects.filter(reduce(or_, named), status__in=BOOKED, billing_type=TimeEntry.BillingType.BILLABLE)
    ids = list(rows.locked().values_list("pk", flat=True))
    return list(TimeEntry.objects.filter(pk__in=ids).order_by("approved_at", "pk").select_related("seller"))


def _kept(entries: Sequence[TimeEntry]) -> set[int]:
    """Which of them stand on a document or on a statement that the client has."""
    fixed = TimeEntry.objects.filter(pk__in=[entry.pk for entry in entries]).filter(
        Q(status=TimeEntry.Status.INVOICED)
        | Q(pk__in=TimeEntry.objects.on_issued_statement().values("pk"))
        | Q(coverages__is_billed=True)
    )
    return set(fixed.values_list("pk", flat=True)) if entries else set()


def _carried_from(entries: Sequence[TimeEntry], kept: Collection[int]) -> int:
    """From which entry of one day on the rest is carried: after all that keeps its minutes."""
    raws, billed = [row.charged_minutes for row in entries], [row.billed_minutes for row in entries]
    after = [place + 1 for place, entry in enumerate(entries) if entry.pk in kept]
    return max([carry_from(raws, billed, rounding_rule(entries[0].seller)), *after])


def _day_of(entry: TimeEntry) -> Day:
    return Day(entry.seller_id, entry.client_id, entry.worked_on)


def _by_day(entry: TimeEntry) -> bool:
    return entry.seller.rounding_scope == Seller.RoundingScope.DAY


def _booked_days(entries: Iterable[TimeEntry]) -> dict[Day, Sums]:
    """What is approved already on the days of entries whose seller rounds by day."""
    by_day = [entry for entry in entries if _by_day(entry)]
    if not by_day:
        return {}
    rows = (
        TimeEntry.objects.filter(
            status__in=BOOKED,
            billing_type=TimeEntry.BillingType.BILLABLE,
            seller__in={entry.seller_id for entry in by_day},
            client__in={entry.client_id for entry in by_day},
            worked_on__in={entry.worked_on for entry in by_day},
        )
        .exclude(pk__in=[entry.pk for entry in by_day if entry.pk])
        .order_by()
        .values_list("seller_id", "client_id", "worked_on")
        .annotate(raw=Sum(F("minutes") - F("follow_up_minutes")), billed=Sum("billed_minutes"))
    )
    return {Day(*key): Sums(raw, billed) for *key, raw, billed in rows}
