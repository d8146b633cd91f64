"""From worked to billed minutes: once, by the seller's rule, before anything is split."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import F, Sum

from billing.models import TimeEntry
from billing.rules.rounding import RoundingRule, RoundingScope, bill_minutes
from clients.models import Client, Seller

BOOKED = (TimeEntry.Status.APPROVED, TimeEntry.Status.INVOICED)


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
        day = Day(entry.seller_id, entry.client_id, entry.worked_on)
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
