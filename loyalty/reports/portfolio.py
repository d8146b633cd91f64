"""The portfolio page: one finding in words, the figures behind it, and the charts with their tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Count, Max, Q, Subquery, Sum
from django.utils.translation import gettext as _

from billing.services.rate_gaps import total_of
from clients.models import Client, ClientFigure
from crm.models import User
from crm.periods import add_months, trailing_months
from crm.web.formats import write_number, write_percent
from loyalty.models import ConcentrationSnapshot, DependenceSnapshot, LoyaltyPolicy, NpsSnapshot
from loyalty.reports.charts import (
    concentration_trend,
    lorenz,
    newest_by_month,
    nps_quarters,
    nps_trend,
    pareto,
    revenue_by_month,
    revenue_chart,
)
from loyalty.reports.diversification import diversification
from loyalty.reports.grids.answers import quarters_grid
from loyalty.reports.grids.portfolio import concentration_grid, dependence_grid, intake_grid, revenue_grid, trend_grid
from loyalty.reports.stress import stress_figures
from loyalty.reports.tails import tail_context
from loyalty.rules.concentration import Row, hhi_band, top1_band
from loyalty.services.concentration import (
    ZERO,
    Amounts,
    Basis,
    Report,
    client_costs,
    client_revenue,
    concentration_report,
    fraction,
    hhi_parts,
    limits,
    margins,
)
from loyalty.services.holders import By, Holder
from loyalty.services.stress import Exposures, exposures_of, run_stress_test

PERIODS = (3, 12, 36)
LISTED = Decimal("0.10")
STRESS_ROWS = 8
STRESS_LIMIT = 200
YEAR = 12


@dataclass(frozen=True, slots=True)
class Line:
    """One holder as a table shows it; `client` is its id where a page about it exists."""

    name: str
    client: int | None
    amount: Decimal
    share: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """One group's part of the HHI over clients: share squared times the HHI within it, in points."""

    name: str
    share: Decimal
    within: Decimal
    points: Decimal


@dataclass(frozen=True, slots=True)
class Bullet:
    """A measured value against its watch and limit marks, all on the same scale, in per cent of `full`."""

    label: str
    value: Decimal
    text: str
    full: Decimal
    watch: Decimal | None = None
    limit: Decimal | None = None
    limit_text: str = ""

    @property
    def tone(self) -> str:
        if self.limit is None or self.watch is None:
            return ""
        return "bad" if self.value >= self.limit else "warn" if self.value >= self.watch else "ok"

    @property
    def style(self) -> str:
        """Custom properties of `.bullet`."""
        marks = (self.watch or self.full, self.limit or self.full, self.value)
        z1, z2, v = (min(100 * each / self.full, Decimal(100)) for each in marks)
        return f"--z1:{z1:.1f}%;--z2:{z2:.1f}%;--v:{v:.1f}%"


@dataclass(frozen=True, slots=True)
class Money:
    """Revenue and cost by client, of the window that was asked for and of twelve months."""

    revenue: Amounts
    costs: Mapping[int, Decimal | None]
    year_revenue: Amounts
    year_costs: Mapping[int, Decimal | None]

    @classmethod
    def read(cls, *, on: date, months: int) -> "Money":
        year, window = trailing_months(on, YEAR), trailing_months(on, months)
        revenue, costs = client_revenue(year), client_costs(year)
        if months == YEAR:
            return cls(revenue, costs, revenue, costs)
        return cls(client_revenue(window), client_costs(window), revenue, costs)

    def on(self, basis: str) -> Amounts | None:
        """What concentration is measured on; None where the books are not enough (receivables)."""
        if basis == Basis.REVENUE:
            return self.revenue
        if basis == Basis.MARGIN:
            return margins(self.revenue, self.costs)
        return None


def portfolio(*, on: date, months: int, by: By, basis: str, chart: str, user: User) -> dict[str, Any]:
    """The context of the page; without revenue in the window `firm.figures.n` is 0 and the page says so."""
    money, policy, window = Money.read(on=on, months=months), LoyaltyPolicy.load(), trailing_months(on, months)
    firm = concentration_report(Basis.REVENUE, window=window, amounts=money.revenue)
    report = firm
    if (basis, by) != (Basis.REVENUE, By.GROUP):
        report = concentration_report(basis, window=window, by=by, amounts=money.on(basis))
    listed = exposures_of(money.year_revenue, money.year_costs)
    return {
        "firm": firm,
        "effective_number": fraction(firm.figures.effective_number),
        "large_clients": [_line(firm, row) for row in firm.figures.at_least(LISTED)],
        "lede": lede(firm, listed, on=on),
        "plan": (plan := diversification(money.year_revenue, on=on)),
        "intake_grid": intake_grid(plan),
        "dependence": (hanging := newest_dependence()),
        "dependence_grid": dependence_grid(hanging, currency=firm.currency),
        "periods": PERIODS,
        "months": months,
        "currency": firm.currency,
        "key_figures": key_figures(money, on=on),
        **concentration_context(report, policy, by=by, basis=basis, chart=chart),
        **stress_rows(listed),
        "stress": stress_figures(run_stress_test(listed, on=on)),
        "revenue": revenue_chart(months_of := revenue_by_month(on, currency=firm.currency)),
        "revenue_grid": revenue_grid(months_of),
        "quarters": (quarters := nps_quarters(user=user, on=on)),
        "nps_figures": nps_trend(quarters),
        "trend": (snapshots := newest_by_month(on)),
        "trend_figures": concentration_trend(snapshots),
        "trend_grid": trend_grid(snapshots),
        "quarters_grid": quarters_grid(quarters),
    }


def newest_dependence() -> list[DependenceSnapshot]:
    """Who alone knows clients, as the night of the newest concentration kept it, the largest revenue first."""
    night = ConcentrationSnapshot.objects.order_by("-as_of_on").values("as_of_on")[:1]
    rows = DependenceSnapshot.objects.select_related("employee").order_by("-revenue", "employee")
    return list(rows.filter(as_of_on=Subquery(night)))


def concentration_panel(*, on: date, months: int, by: By, basis: str, chart: str) -> dict[str, Any]:
    """Only the panel, for htmx."""
    report = concentration_report(basis, window=trailing_months(on, months), by=by)
    context = concentration_context(report, LoyaltyPolicy.load(), by=by, basis=basis, chart=chart)
    return context | {"months": months, "currency": report.currency}


def concentration_context(report: Report, policy: LoyaltyPolicy, *, by: By, basis: str, chart: str) -> dict[str, Any]:
    """The panel that changes with what it is measured on and whom it is counted by."""
    figures = report.figures
    return {
        "report": report,
        "by": by,
        "basis": basis,
        "chart": chart,
        "bases": Basis.choices,
        "groupings": groupings(),
        "bullets": bullets(report, policy),
        "few": figures.effective_number_leads,
        "bands": bands(report, policy),
        "shares": {name: fraction(getattr(figures, name)) for name in ("top1", "top3", "top5", "top10")},
        "indices": {
            name: fraction(getattr(figures, name))
            for name in ("hhi_points", "hhi_normalised", "effective_number", "gini", "entropy")
        },
        "pareto": pareto(report, policy),
        "lorenz": lorenz(report),
        "concentration_grid": concentration_grid(report),
        **parts_context(report),
        **tail_context(report),
    }


def parts_context(report: Report) -> dict[str, Any]:
    """How much of the HHI over clients each group of the breakdown makes up, and their sum, which is that HHI."""
    parts = hhi_parts(report)
    rows = [
        Part(report.name_of(each.group), _exact(each.share), _points(each.hhi_within), _points(each.contribution))
        for each in parts
    ]
    return {
        "parts": rows,
        "parts_sum": _points(sum(each.contribution for each in parts)) if parts else None,
    }


def _points(share: float | Fraction) -> Decimal:
    return fraction(float(10_000 * share), 2) or ZERO


def groupings() -> list[tuple[str, str]]:
    return [
        (By.GROUP, _("by group of companies")),
        (By.CLIENT, _("by client")),
        (By.INDUSTRY, _("by industry")),
        (By.SERVICE_LINE, _("by service line")),
        (By.EMPLOYEE, _("by account manager")),
    ]


def lede(firm: Report, listed: Exposures, *, on: date) -> Mapping[str, str]:
    """The finding: who the largest client is, and what its leaving would do; empty without revenue."""
    rows, figures = firm.figures.rows, firm.figures
    if not rows:
        return {}
    name, share = firm.name_of(rows[0].key), _exact(rows[0].share)
    outcome = run_stress_test(listed, lost=_group(rows[0].key, firm, listed), on=on).outcome
    before, after = outcome.profit_before, outcome.profit_after
    ends = before is not None and after is not None and after < 0 <= before
    what = _("If %(name)s left tomorrow, the firm would stop making money.") if ends else _("It is %(name)s.")
    five = _("Five clients are %(share)s.") % {"share": write_percent(_exact(figures.top5 or 0), 0)}
    return {
        "finding": _("One client is %(share)s of revenue.") % {"share": write_percent(share, 0)},
        "what": what % {"name": name},
        "five": five if figures.n > 5 else "",
    }


def _group(key: Holder, firm: Report, listed: Exposures) -> frozenset[int]:
    """Everybody who would leave with the largest holder."""
    return frozenset(each.client for each in listed if firm.holder_of.get(each.client) == key)


def bands(report: Report, policy: LoyaltyPolicy) -> Mapping[str, str]:
    """The bands of the largest share and of the HHI in words, by the partner's limits; empty where there is no figure.

    The HHI has none where the effective number leads, since no distribution of so few could be low.
    """
    figures, bounds = report.figures, limits(policy)
    words = {"low": _("low"), "moderate": _("moderate"), "high": _("high"), "very_high": _("very high")}
    hhi = None if figures.effective_number_leads else hhi_band(figures.hhi_points, bounds)
    found = {"largest": top1_band(figures.top1, bounds), "hhi": hhi}
    return {name: words[band] for name, band in found.items() if band}


def bullets(report: Report, policy: LoyaltyPolicy) -> list[Bullet]:
    """Largest, three, five and ten largest, HHI; limits are the partner's. Nothing to share gives none."""
    figures = report.figures
    if figures.top1 is None or figures.hhi_points is None:
        return []
    hundred, top3 = Decimal(100), policy.top3_limit_percent
    made = [
        _share(_("Largest"), figures.top1, Decimal(60), policy.top1_warn_percent, policy.top1_limit_percent),
        _share(_("Top 3"), figures.top3, hundred, top3 * Decimal("0.9"), top3),
        _share(_("Top 5"), figures.top5, hundred),
        _share(_("Top 10"), figures.top10, hundred),
    ]
    return made if figures.effective_number_leads else [*made, _hhi(_exact(figures.hhi_points), policy)]


def _share(
    label: str, share: float | None, full: Decimal, watch: Decimal | None = None, limit: Decimal | None = None
) -> Bullet:
    value = _exact(share or 0.0)
    return Bullet(
        label=label,
        value=100 * value,
        text=write_percent(value),
        full=full,
        watch=watch,
        limit=limit,
        limit_text="" if limit is None else _("limit %(limit)s") % {"limit": write_percent(limit / 100, 1)},
    )


def _hhi(points: Decimal, policy: LoyaltyPolicy) -> Bullet:
    return Bullet(
        label="HHI",
        value=points,
        text=write_number(points),
        full=max(Decimal(2500), min(points * Decimal("1.2"), Decimal(10_000))),
        watch=Decimal(policy.hhi_watch),
        limit=Decimal(policy.hhi_limit),
        limit_text=_("limit %(limit)s") % {"limit": write_number(policy.hhi_limit)},
    )


def key_figures(money: Money, *, on: date) -> Mapping[str, Any]:
    """Revenue against the year before, margin after cost to serve, value, clients, NPS; None where unknown."""
    revenue, cost = _total(money.year_revenue), total_of(money.year_costs.values())
    earlier = _total(client_revenue(trailing_months(add_months(on, -YEAR), YEAR)))
    active = ClientFigure.objects.filter(client__status=Client.Status.ACTIVE, client__merged_into=None)
    red = Q(health_band=ClientFigure.Band.RED)
    found = active.aggregate(
        value=Sum("simple_value"),
        clients=Count("pk"),
        scored=Count("pk", filter=~Q(health_band="")),
        risk=Sum("revenue_12m", filter=red),
        risky=Count("pk", filter=red),
        as_of=Max("value_as_of_on"),
    )
    return {
        "revenue": revenue,
        "growth": (revenue - earlier) / earlier if earlier > 0 else None,
        "margin": (revenue - cost) / revenue if revenue > 0 and cost is not None else None,
        "nps": NpsSnapshot.objects.order_by("-as_of_on").first(),
        **found,
    }


def stress_rows(listed: Exposures) -> dict[str, Any]:
    """Clients to tick: the largest open, the next in a drawer."""
    earning = [each for each in listed if each.revenue > 0][:STRESS_LIMIT]
    names = dict(Client.objects.filter(pk__in=[each.client for each in earning]).values_list("pk", "name"))
    rows = [(names.get(each.client, ""), each) for each in earning]
    return {"stress_rows": rows[:STRESS_ROWS], "stress_more": rows[STRESS_ROWS:]}


def _line(report: Report, row: Row[Holder]) -> Line:
    has_page = report.by in (By.CLIENT, By.GROUP) and isinstance(row.key, int)
    client = row.key if has_page and isinstance(row.key, int) else None
    return Line(report.name_of(row.key), client, row.amount, _exact(row.share), _exact(row.cumulative))


def _exact(share: float) -> Decimal:
    return fraction(share) or ZERO


def _total(amounts: Amounts) -> Decimal:
    return sum(amounts.values(), ZERO)
