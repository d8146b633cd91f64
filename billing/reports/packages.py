"""A package as its page shows it: balance and pending, the burn-down with its forecast, the statement of a period."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet, Sum, Value, Window
from django.utils import formats
from django.utils.translation import gettext as _

from billing.models import HourPackage, LedgerRow, Offer, PackageAlert, TimeEntry
from billing.models.packages import LOW_PERCENT
from billing.reports.package_ledger import Line, newest_lines
from billing.rules.alerts import LONGEST_WEEKS, THRESHOLDS, RunOut, forecast_run_out
from billing.services.corrections import frozen_entries
from crm.models import LinkOpening, SignedLink, User
from crm.money import quantise
from crm.periods import week_start

WEEKS = 8
SIZES = (50, 100)


@dataclass(frozen=True, slots=True)
class Statement:
    """Rows of one account in a period; minutes, with what was there before and after."""

    rows: Sequence[LedgerRow]
    first: date | None
    last: date | None
    opening: int
    closing: int
    pending: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement's file; opening and closing move nothing."""

    occurred_on: date
    kind: str
    text: str
    person: str
    minutes: int | None
    balance_minutes: int


def statement_lines(package: HourPackage, found: Statement) -> list[StatementLine]:
    """The whole statement in rows: the opening balance, every movement, the closing balance."""
    moved = [row.occurred_on for row in found.rows]
    first = found.first or min([package.valid_from, *moved])
    last = found.last or max([first, *moved])
    return [
        StatementLine(first, _("Opening"), "", "", None, found.opening),
        *(
            StatementLine(
                row.occurred_on,
                row.get_kind_display(),
                words_of(row),
                str(row.entry.employee) if row.entry else "",
                row.minutes,
                row.running_minutes,
            )
            for row in found.rows
        ),
        StatementLine(last, _("Closing"), "", "", None, found.closing),
    ]


def statement(package: HourPackage, *, first: date | None = None, last: date | None = None) -> Statement:
    """The ledger of a period, oldest first; pending minutes stand apart, they are not booked yet."""
    listed = list(ledger_rows(package, first=first, last=last))
    opening = _opening(package, first)
    moved = sum(row.minutes for row in listed)
    return Statement(listed, first, last, opening, opening + moved, pending_minutes(package))


def ledger_rows(package: HourPackage, *, first: date | None = None, last: date | None = None) -> "QuerySet[LedgerRow]":
    """The movements of a period by day; `running_minutes` is the balance after each of them in that order."""
    rows = LedgerRow.objects.filter(account=package.account_id).select_related("entry__employee", "made_by")
    if first:
        rows = rows.filter(occurred_on__gte=first)
    if last:
        rows = rows.filter(occurred_on__lte=last)
    moved = Window(Sum("minutes"), order_by=[F("occurred_on").asc(), F("id").asc()])
    running = {"running_minutes": moved + Value(_opening(package, first))}
    return rows.annotate(**running).order_by("occurred_on", "id")


def _opening(package: HourPackage, first: date | None) -> int:
    return _sum(LedgerRow.objects.filter(account=package.account_id, occurred_on__lt=first)) if first else 0


def pending_minutes(package: HourPackage) -> int:
    """What draft and submitted entries plan to draw."""
    waiting = TimeEntry.objects.filter(status__in=[TimeEntry.Status.DRAFT, TimeEntry.Status.SUBMITTED])
    planned = waiting.filter(coverages__account=package.account_id)
    return planned.aggregate(total=Sum("coverages__drawn_minutes"))["total"] or 0


def package_context(package: HourPackage, *, on: date, amounts: bool, show: str = "") -> dict[str, Any]:
    """`amounts` is whether the reader may see prices; a consultant sees hours only. `show` narrows the ledger."""
    balance = package.account.balance_minutes
    run_out = forecast_run_out(balance, weekly=weekly_use(package, on=on), on=on)
    rows = LedgerRow.objects.filter(account=package.account_id)
    ledger = newest_lines(package, show=show)
    return {
        "package": package,
        "balance": balance,
        "pending": pending_minutes(package),
        "bought": package.purchased_minutes,
        "drawn": rows.filter(kind=LedgerRow.Kind.DRAW).exists(),
        "low": package.is_low,
        "hourly": top_up_price(package, 60) if amounts else None,
        "worth": top_up_price(package, max(balance, 0)) if amounts else None,
        "run_out": run_out,
        "weekly_minutes": round(run_out.weekly_minutes) if run_out else 0,
        "burndown": burndown(package, run_out, on=on),
        "show": show,
        "shows": [("", _("All")), ("used", _("Used")), ("free", _("Free")), ("added", _("Added"))],
        "ledger": ledger.lines,
        "ledger_count": ledger.count,
        "alerts": _alerts(package),
        "open_offers": package.offers.filter(status=Offer.Status.SENT).order_by("pk"),
        "extensions": package.extensions.select_related("made_by"),
        "sizes": [_size(package, hours, run_out, balance, on, amounts=amounts) for hours in SIZES],
    }


def lead_of(package: HourPackage) -> User | None:
    """Who is named to the client: the lead of most of the work that it paid for, else whoever keeps the client."""
    draws = LedgerRow.objects.unreversed_draws().filter(account=package.account_id, entry__engagement__isnull=False)
    leads = draws.order_by().values("entry__engagement__lead").annotate(drawn=Sum("minutes")).order_by("drawn")
    most = leads.values_list("entry__engagement__lead", flat=True)[:1]
    return User.objects.filter(pk__in=list(most)).first() or package.client.account_manager


def correctable_entries(rows: Iterable[Line]) -> set[int]:
    """Work among these draws that is locked, so that its hours come back by a correction only."""
    return frozen_entries([row.entry_id for row in rows if row.entry_id])


def shared_context(package: HourPackage, *, at: datetime) -> dict[str, Any]:
    """The client's open links to the package, the newest first, and when one was opened last."""
    links = SignedLink.objects.usable(at=at).filter(purpose=SignedLink.Purpose.STATEMENT, subject_id=package.pk)
    opened = LinkOpening.objects.filter(link__purpose=SignedLink.Purpose.STATEMENT, link__subject_id=package.pk)
    issued = package.issued_statements.select_related("issued_by").order_by("-last_on", "-pk")
    return {"links": list(links.order_by("-made_at")), "opened": opened.order_by("-at").first(), "issued": issued[:5]}


def top_up_price(package: HourPackage, minutes: int) -> Decimal:
    """Minutes at the price of the hours bought so far, in the package's price basis."""
    return quantise(package.price * minutes / package.purchased_minutes)


def _size(
    package: HourPackage, hours: int, run_out: RunOut | None, balance: int, on: date, *, amounts: bool
) -> dict[str, Any]:
    """A top-up by its size: what it costs at the price so far, and how long the hours would then last."""
    minutes = hours * 60
    weeks = (balance + minutes) / run_out.weekly_minutes if run_out else 0
    return {
        "hours": hours,
        "minutes": minutes,
        "price": top_up_price(package, minutes) if amounts else None,
        "lasts_until": on + timedelta(weeks=weeks) if 0 < weeks < LONGEST_WEEKS else None,
    }


def _alerts(package: HourPackage) -> list[PackageAlert]:
    """Each mark with the newest warning of it for what is bought now; one that was not told has no moment."""
    told = PackageAlert.objects.filter(package=package, bought_minutes=package.purchased_minutes)
    known = {alert.percent: alert for alert in told.select_related("told")}
    return [known.get(percent) or PackageAlert(package=package, percent=percent) for percent in THRESHOLDS]


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
        "low": _hours(package.credited_minutes * (100 - LOW_PERCENT) // 100),
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
