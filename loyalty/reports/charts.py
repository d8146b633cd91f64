"""Figures of loyalty's charts, as static/js/chart-types.js reads them: floats for drawing, never for reckoning."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from django.db.models import Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.models import RevenueDay
from crm.models import User
from crm.periods import DateRange, add_months, month_start, quarter_start
from crm.web.formats import UNITS, language
from loyalty.models import ConcentrationSnapshot, LoyaltyPolicy
from loyalty.rules.nps import Counts, interval
from loyalty.services.concentration import Report
from loyalty.services.nps import counts_by_window, points

SHOWN = 12
QUARTERS = 8
MONTHS = 24
MILLION, THOUSAND = Decimal(1_000_000), Decimal(1_000)
MILLIONS_FROM = 2 * MILLION

type Figures = Mapping[str, Any]


def scale(largest: Decimal) -> tuple[Decimal, str]:
    """By what amounts are divided on an axis, and the letter that says so."""
    if largest >= MILLIONS_FROM:
        return MILLION, f"\u202f{UNITS[language()][1_000_000]}"
    return THOUSAND, f"\u202f{_('k')}"


def pareto(report: Report, policy: LoyaltyPolicy) -> Figures:
    """The largest by name, all others as one bar, and the running share."""
    rows = report.figures.rows
    shown, rest = rows[:SHOWN], rows[SHOWN:]
    divisor, suffix = scale(max((row.amount for row in shown), default=Decimal(0)))
    labels = [report.name_of(row.key) for row in shown]
    values = [float(round(row.amount / divisor, 1)) for row in shown]
    cumulative = [round(100 * row.cumulative, 1) for row in shown]
    if rest:
        labels.append(ngettext("%(count)s other", "%(count)s others", len(rest)) % {"count": len(rest)})
        values.append(float(round(sum((row.amount for row in rest), Decimal(0)) / divisor, 1)))
        cumulative.append(100.0)
    limit = float(policy.top1_warn_percent) / 100
    return {
        "labels": labels,
        "values": values,
        "cum": cumulative,
        "flag": [place for place, row in enumerate(shown) if row.share > limit],
        "rest": bool(rest),
        "name": f"{report.currency}{suffix}",
        "suffix": suffix,
        "rotate": 1,
        "lw": 78,
    }


def lorenz(report: Report) -> Figures:
    """Share of holders against share of the amount, from the smallest."""
    points = report.figures.lorenz
    last = max(1, len(points) - 1)
    return {"curve": [[round(100 * place / last, 1), round(100 * y, 1)] for place, y in enumerate(points)]}


@dataclass(frozen=True, slots=True)
class MonthlyRevenue:
    """Net revenue of 24 months by own company, to the cent; months without any are missing in a company's row."""

    months: Sequence[date]
    by_seller: Mapping[str, Mapping[date, Decimal]]
    currency: str


def revenue_by_month(on: date, *, currency: str) -> MonthlyRevenue:
    first = add_months(month_start(on), 1 - MONTHS)
    rows = RevenueDay.objects.within(DateRange(first, add_months(month_start(on), 1)))
    sums: dict[str, dict[date, Decimal]] = defaultdict(dict)
    by = rows.annotate(month_on=TruncMonth("issued_on")).values_list("seller__name", "month_on")
    for seller, month, amount in by.annotate(Sum("net_amount")).order_by("seller__name"):
        sums[seller][month] = amount
    return MonthlyRevenue([add_months(first, place) for place in range(MONTHS)], sums, currency)


def revenue_chart(revenue: MonthlyRevenue) -> Figures:
    """One stack a month, in thousands or millions."""
    amounts = [amount for of in revenue.by_seller.values() for amount in of.values()]
    divisor, suffix = scale(max(amounts, default=Decimal(0)))
    return {
        "x": [month_label(month) for month in revenue.months],
        "every": 3,
        "suffix": suffix,
        "unit": f"{suffix.strip()} {revenue.currency}",
        "series": [
            {
                "name": seller,
                "data": [float(round(of.get(month, Decimal(0)) / divisor, 1)) for month in revenue.months],
            }
            for seller, of in revenue.by_seller.items()
        ],
    }


@dataclass(frozen=True, slots=True)
class Quarter:
    """One point of the NPS trend, in points."""

    label: str
    counts: Counts
    nps: Decimal | None
    low: Decimal | None
    high: Decimal | None


def nps_quarters(*, user: User, on: date) -> list[Quarter]:
    """The last eight quarters with answers, oldest first, over what the person may read."""
    starts = [add_months(quarter_start(on), -3 * back) for back in reversed(range(QUARTERS))]
    windows = [DateRange(start, add_months(start, 3)) for start in starts]
    counted = zip(starts, counts_by_window(windows, user=user), strict=True)
    return [_quarter(quarter_label(start), counts) for start, counts in counted if counts.n]


def _quarter(label: str, counts: Counts) -> Quarter:
    shown = interval(counts)
    return Quarter(
        label,
        counts,
        points(counts.nps),
        points(shown.low if shown else None),
        points(shown.high if shown else None),
    )


def nps_trend(quarters: Sequence[Quarter]) -> Figures:
    """NPS by quarter, each with its interval."""
    lows = [round(each.low or 0) for each in quarters]
    return {
        "x": [each.label for each in quarters],
        "y": [round(each.nps or 0) for each in quarters],
        "lo": lows,
        "hi": [round(each.high or 0) for each in quarters],
        "n": [each.counts.n for each in quarters],
        "min": 50 * (min([*lows, 0]) // 50),
        "max": 100,
        "step": 50,
    }


def concentration_trend(snapshots: Sequence[ConcentrationSnapshot]) -> Figures:
    """The largest client's and the three largest clients' share over time, in per cent."""
    return {
        "x": [month_label(row.as_of_on) for row in snapshots],
        "suffix": "%",
        "series": [
            {"name": _("Largest"), "data": [_percent(row.top1) for row in snapshots]},
            {"name": _("Top 3"), "data": [_percent(row.top3) for row in snapshots]},
        ],
    }


def newest_by_month(on: date, months: int = 13) -> list[ConcentrationSnapshot]:
    """The last snapshot of revenue in each month, oldest first."""
    since = add_months(month_start(on), 1 - months)
    rows = ConcentrationSnapshot.objects.filter(basis=ConcentrationSnapshot.Basis.REVENUE, as_of_on__gte=since)
    by_month = {month_start(row.as_of_on): row for row in rows.exclude(top1=None).order_by("as_of_on")}
    return list(by_month.values())


def month_label(day: date) -> str:
    return format_date(day, "LLL yy", locale=language())


def quarter_label(day: date) -> str:
    return format_date(day, "QQQ yy", locale=language())


def _percent(share: Decimal | None) -> float | None:
    return None if share is None else float(round(share * 100, 1))
