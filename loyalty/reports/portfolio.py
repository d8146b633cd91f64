"""The portfolio page: one finding in words, the figures behind it, and the charts with their tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.db.models.functions import TruncMonth
from django.utils import formats
from django.utils.translation import gettext as _

from billing.models import RevenueDay
from clients.models import Client, ClientFigure
from crm.models import Firm
from crm.periods import DateRange, add_months, month_start, trailing_months
from loyalty.models import ConcentrationSnapshot, LoyaltyPolicy, NpsSnapshot
from loyalty.services.concentration import By, Report, client_costs, client_revenue, concentration_report
from loyalty.services.stress import exposures

PERIODS = (3, 12, 36)
SHOWN = 12
STRESS_ROWS = 10


@dataclass(frozen=True, slots=True)
class Bullet:
    """A measured value against its watch and limit marks, all on the same scale, in per cent of `full`."""

    label: str
    value: Decimal
    text: str
    watch: Decimal
    limit: Decimal
    limit_text: str
    full: Decimal
    tone: str

    @property
    def style(self) -> str:
        """Custom properties of `.bullet`."""
        z1, z2, v = (min(100 * each / self.full, Decimal(100)) for each in (self.watch, self.limit, self.value))
        return f"--z1:{z1:.1f}%;--z2:{z2:.1f}%;--v:{v:.1f}%"


def portfolio(*, on: date, months: int, by: By, basis: str) -> dict[str, Any]:
    """The context of the page. Without revenue in the window `report.figures.n` is 0 and the page says so."""
    window = trailing_months(on, months)
    report = concentration_report(basis, window=window, by=by)
    listed = exposures(on=on)
    names = dict(Client.objects.filter(pk__in=[each.client for each in listed]).values_list("pk", "name"))
    return {
        "report": report,
        "periods": PERIODS,
        "months": months,
        "by": by,
        "basis": basis,
        "bases": ConcentrationSnapshot.Basis.choices,
        "groupings": groupings(),
        "currency": report.currency,
        "largest": named_rows(report, 1),
        "bullets": bullets(report),
        "key_figures": key_figures(on),
        "pareto": pareto(report),
        "pareto_rows": named_rows(report, SHOWN),
        "lorenz": {"curve": _curve(report)},
        "revenue": revenue_by_month(on),
        "nps": nps_trend(),
        "trend": concentration_trend(),
        "stress_rows": [(names.get(each.client, ""), each) for each in listed[:STRESS_ROWS]],
        "stress_more": [(names.get(each.client, ""), each) for each in listed[STRESS_ROWS:200]],
    }


def groupings() -> list[tuple[str, str]]:
    return [
        (By.GROUP, _("group of companies")),
        (By.CLIENT, _("client")),
        (By.INDUSTRY, _("industry")),
        (By.SERVICE_LINE, _("service line")),
        (By.EMPLOYEE, _("account manager")),
    ]


def bullets(report: Report) -> list[Bullet]:
    """Largest, three, five and ten largest, HHI; limits are the partner's. Nothing to share gives none."""
    figures, policy = report.figures, LoyaltyPolicy.load()
    if figures.top1 is None or figures.hhi_points is None:
        return []
    top3 = policy.top3_limit_percent
    shares = [
        (_("Largest"), figures.top1, policy.top1_warn_percent, policy.top1_limit_percent, Decimal(60)),
        (_("Top 3"), figures.top3, top3 * Decimal("0.9"), top3, Decimal(100)),
        (_("Top 5"), figures.top5, None, None, Decimal(100)),
        (_("Top 10"), figures.top10, None, None, Decimal(100)),
    ]
    made = [_share_bullet(label, share or 0.0, watch, limit, full) for label, share, watch, limit, full in shares]
    return [*made, _hhi_bullet(figures.hhi_points, policy)]


def _share_bullet(label: str, share: float, watch: Decimal | None, limit: Decimal | None, full: Decimal) -> Bullet:
    value = Decimal(repr(share)) * 100
    over = limit is not None and value > limit
    return Bullet(
        label=label,
        value=value,
        text=_percent(value),
        watch=watch or full,
        limit=limit or full,
        limit_text=_("limit %(limit)s") % {"limit": _percent(limit, 0)} if limit is not None else "",
        full=full,
        tone="bad" if over else "warn" if watch is not None and value > watch else "",
    )


def _hhi_bullet(points: float, policy: LoyaltyPolicy) -> Bullet:
    value, watch, limit = Decimal(repr(points)), Decimal(policy.hhi_watch), Decimal(policy.hhi_limit)
    return Bullet(
        label="HHI",
        value=value,
        text=formats.number_format(round(value), use_l10n=True, force_grouping=True),
        watch=watch,
        limit=limit,
        limit_text=_("limit %(limit)s") % {"limit": formats.number_format(limit, decimal_pos=0, force_grouping=True)},
        full=Decimal(2500),
        tone="bad" if value > limit else "warn" if value > watch else "ok",
    )


def key_figures(on: date) -> Mapping[str, Any]:
    """Revenue against the year before, margin after cost to serve, value, clients, NPS; None where unknown."""
    now = trailing_months(on, 12)
    before = trailing_months(add_months(on, -12), 12)
    revenue, earlier = _total(client_revenue(now)), _total(client_revenue(before))
    cost = _total(client_costs(now))
    sums = ClientFigure.objects.filter(client__status=Client.Status.ACTIVE, client__merged_into=None)
    found = sums.aggregate(value=Sum("simple_value"), clients=Count("pk"))
    risk = sums.filter(health_band=ClientFigure.Band.RED).aggregate(amount=Sum("revenue_12m"), clients=Count("pk"))
    return {
        "revenue": revenue,
        "growth": (revenue - earlier) / earlier if earlier else None,
        "margin": (revenue - cost) / revenue if revenue else None,
        "value": found["value"],
        "clients": found["clients"],
        "risk": risk,
        "nps": NpsSnapshot.objects.order_by("-as_of_on").first(),
    }


def pareto(report: Report) -> Mapping[str, Any]:
    """The chart's figures: the largest by name, all others as one bar."""
    rows = report.figures.rows
    shown, rest = rows[:SHOWN], rows[SHOWN:]
    divisor, suffix = _scale(max((row.amount for row in shown), default=Decimal(0)))
    labels = [report.names.get(row.key, "") for row in shown]
    values = [float(round(row.amount / divisor, 1)) for row in shown]
    cumulative = [round(100 * row.cumulative, 1) for row in shown]
    if rest:
        labels.append(_("%(count)s others") % {"count": len(rest)})
        values.append(float(round(sum((row.amount for row in rest), Decimal(0)) / divisor, 1)))
        cumulative.append(100.0)
    warn = float(LoyaltyPolicy.load().top1_warn_percent) / 100
    return {
        "labels": labels,
        "values": values,
        "cum": cumulative,
        "flag": [place for place, row in enumerate(shown) if row.share > warn],
        "rest": bool(rest),
        "name": report.currency,
        "suffix": suffix,
        "rotate": 1,
        "lw": 78,
    }


def named_rows(report: Report, count: int) -> list[tuple[str, Any]]:
    return [(report.names.get(row.key, ""), row) for row in report.figures.rows[:count]]


def revenue_by_month(on: date) -> Mapping[str, Any]:
    """Net revenue of 24 months by own company, in thousands of the base currency."""
    first = add_months(month_start(on), -23)
    window = DateRange(first, add_months(month_start(on), 1))
    months = [add_months(first, place) for place in range(24)]
    rows = RevenueDay.objects.within(window).annotate(month_on=TruncMonth("issued_on"))
    sums: dict[tuple[str, date], Decimal] = {
        (seller, month): amount
        for seller, month, amount in rows.values_list("seller__name", "month_on").annotate(Sum("net_amount")).order_by()
    }
    sellers = sorted({seller for seller, _month in sums})
    return {
        "x": [formats.date_format(month, "M y") for month in months],
        "every": 3,
        "suffix": " k",
        "unit": f"k {Firm.load().base_currency}",
        "series": [
            {
                "name": seller,
                "data": [float(round(sums.get((seller, month), Decimal(0)) / 1000, 1)) for month in months],
            }
            for seller in sellers
        ],
    }


def nps_trend(limit: int = 12) -> Mapping[str, Any]:
    """The newest snapshots with answers, oldest first."""
    rows = list(NpsSnapshot.objects.exclude(nps=None).order_by("-as_of_on")[:limit])[::-1]
    lows = [float(row.low or 0) for row in rows]
    return {
        "x": [formats.date_format(row.as_of_on, "j M") for row in rows],
        "y": [round(float(row.nps or 0)) for row in rows],
        "lo": [round(low) for low in lows],
        "hi": [round(float(row.high or 0)) for row in rows],
        "n": [row.promoters + row.passives + row.detractors for row in rows],
        "min": 20 * int(min([*lows, 0]) // 20),
        "max": 100,
    }


def concentration_trend(limit: int = 90) -> list[ConcentrationSnapshot]:
    rows = ConcentrationSnapshot.objects.filter(basis=ConcentrationSnapshot.Basis.REVENUE)
    return list(rows.order_by("-as_of_on")[:limit])


def _curve(report: Report) -> list[list[float]]:
    points = report.figures.lorenz
    return [[round(100 * place / max(1, len(points) - 1), 1), round(100 * y, 1)] for place, y in enumerate(points)]


def _total(amounts: Mapping[int, Decimal]) -> Decimal:
    return sum(amounts.values(), Decimal(0))


def _scale(largest: Decimal) -> tuple[Decimal, str]:
    return (Decimal(1_000_000), " M") if largest >= 2_000_000 else (Decimal(1000), " k")


def _percent(value: Decimal, places: int = 1) -> str:
    return f"{formats.number_format(round(value, places), decimal_pos=places)} %"
