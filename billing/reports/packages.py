"""A package as its page shows it: balance and pending, the burn-down with its forecast, the statement of a period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.utils import formats
from django.utils.translation import gettext as _

from billing.models import HourPackage, LedgerRow, PackageAlert, TimeEntry
from billing.models.hours import LOW_PERCENT
from billing.rules.alerts import RunOut, forecast_run_out
from crm.money import quantise
from crm.periods import week_start

WEEKS = 8
SHOWN = 25


@dataclass(frozen=True, slots=True)
class Statement:
    """Rows of one account in a period; minutes, with what was there before and after."""

    rows: Sequence[LedgerRow]
    first: date | None
    last: date | None
    opening: int
    closing: int
    pending: int


def statement(package: HourPackage, *, first: date | None = None, last: date | None = None) -> Statement:
    """The ledger of a period, oldest first; pending minutes stand apart, they are not booked yet."""
    rows = ledger_rows(package, first=first, last=last)
    listed = list(rows)
    opening = _sum(LedgerRow.objects.filter(account=package.account_id, occurred_on__lt=first)) if first else 0
    moved = sum(row.minutes for row in listed)
    return Statement(listed, first, last, opening, opening + moved, pending_minutes(package))


def ledger_rows(package: HourPackage, *, first: date | None = None, last: date | None = None) -> "QuerySet[LedgerRow]":
    rows = LedgerRow.objects.filter(account=package.account_id).select_related("entry__employee", "made_by")
    if first:
        rows = rows.filter(occurred_on__gte=first)
    if last:
        rows = rows.filter(occurred_on__lte=last)
    return rows.order_by("occurred_on", "id")


def pending_minutes(package: HourPackage) -> int:
    """What draft and submitted entries plan to draw."""
    waiting = TimeEntry.objects.filter(status__in=[TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED])
    planned = waiting.filter(coverages__account=package.account_id)
    return planned.aggregate(total=Sum("coverages__drawn_minutes"))["total"] or 0


def package_context(package: HourPackage, *, on: date, amounts: bool) -> dict[str, Any]:
    """`amounts` is whether the reader may see prices; a consultant sees hours only."""
    balance = package.account.balance_minutes
    run_out = forecast_run_out(balance, weekly=weekly_use(package, on=on), on=on)
    rows = LedgerRow.objects.filter(account=package.account_id).select_related("entry__employee", "made_by")
    bought = _sum(LedgerRow.objects.filter(account=package.account_id, minutes__gt=0, reverses=None)) or 1
    return {
        "package": package,
        "balance": balance,
        "pending": pending_minutes(package),
        "bought": bought,
        "low": package.is_low,
        "worth": quantise(package.price * max(balance, 0) / package.purchased_minutes) if amounts else None,
        "run_out": run_out,
        "burndown": burndown(package, run_out, on=on),
        "ledger": rows.order_by("-occurred_on", "-id")[:SHOWN],
        "ledger_count": rows.count(),
        "alerts": PackageAlert.objects.filter(package=package).select_related("told"),
    }


def weekly_use(package: HourPackage, *, on: date) -> list[int]:
    """Minutes drawn in each of the last eight whole weeks, oldest first, from the package's first week on."""
    monday = week_start(on)
    start = max(monday - timedelta(weeks=WEEKS), week_start(package.valid_from))
    draws = LedgerRow.objects.unreversed_draws().filter(account=package.account_id)
    weeks = [start + timedelta(weeks=place) for place in range((monday - start).days // 7)]
    used = dict.fromkeys(weeks, 0)
    for day, minutes in draws.filter(occurred_on__range=(start, monday)).values_list("occurred_on", "minutes"):
        if (week := week_start(day)) in used:
            used[week] -= minutes
    return list(used.values())


def burndown(package: HourPackage, run_out: RunOut | None, *, on: date) -> Mapping[str, Any]:
    """The chart's figures in hours: the balance after each day, top-ups marked, the forecast with its band."""
    days: dict[date, int] = {}
    marks = []
    balance = 0
    for day, minutes, kind in _moves(package):
        balance += minutes
        days[day] = balance
        if kind == LedgerRow.Kind.PURCHASE and len(days) > 1:
            marks.append({"name": f"+{_hours(minutes):g} h", "coord": [day.isoformat(), _hours(balance)]})
    first = min(days, default=package.valid_from)
    top = max([*days.values(), 60])
    return {
        "min": first.isoformat(),
        "max": (package.expires_on or (run_out.expected_on if run_out else on) + timedelta(days=45)).isoformat(),
        "ymax": 4 * max(1, round(_hours(top) * 1.1 / 4 + 0.5)),
        "low": _hours(package.purchased_minutes * (100 - LOW_PERCENT) // 100),
        "today": on.isoformat(),
        "actual": [[day.isoformat(), _hours(minutes)] for day, minutes in days.items()]
        + [[on.isoformat(), _hours(balance)]],
        "marks": marks,
        **(_forecast(run_out, balance, on) if run_out else {}),
    }


def _forecast(run_out: RunOut, balance: int, on: date) -> Mapping[str, Any]:
    start, end = [on.isoformat(), _hours(balance)], run_out.expected_on
    latest = run_out.latest_on or end
    return {
        "forecast": [start, [end.isoformat(), 0]],
        "end": [{"name": formats.date_format(end, "j M"), "coord": [end.isoformat(), 0]}],
        "lo": [start, [run_out.earliest_on.isoformat(), 0], [latest.isoformat(), 0]],
        "band": [[on.isoformat(), 0], [run_out.earliest_on.isoformat(), _hours(balance) / 3], [latest.isoformat(), 0]],
    }


def _moves(package: HourPackage) -> "QuerySet[LedgerRow, tuple[date, int, str]]":
    rows = LedgerRow.objects.filter(account=package.account_id).order_by("occurred_on", "id")
    return rows.values_list("occurred_on", "minutes", "kind")


def _sum(rows: "QuerySet[LedgerRow]") -> int:
    return rows.aggregate(total=Sum("minutes"))["total"] or 0


def _hours(minutes: int) -> float:
    return float(round(Decimal(minutes) / 60, 2))


def words_of(row: LedgerRow) -> str:
    """What a ledger row says to a reader: the work for a draw, else its source or kind."""
    if row.entry is not None:
        return row.entry.description or _("Work")
    return row.source or row.get_kind_display()
