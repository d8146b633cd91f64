"""The tables of the portfolio: whom income hangs on, where the HHI comes from, months, trend, cash, chance, intake."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.models import ConcentrationSnapshot, DependenceSnapshot
from loyalty.reports.charts import MonthlyRevenue, month_label
from loyalty.reports.diversification import Plan
from loyalty.reports.grids.grid import Grid, Head
from loyalty.services.concentration import Report, fraction
from loyalty.services.holders import By


def concentration_grid(report: Report) -> Grid:
    """Every holder with its share, the largest first; what is negative stands apart at the end, without one."""
    figures = report.figures
    rows: list[Sequence[Any]] = [
        (report.name_of(row.key), row.amount, fraction(row.share), fraction(row.cumulative)) for row in figures.rows
    ]
    rows += [(report.name_of(key), amount, None, None) for key, amount in figures.negative]
    has_page = report.by in (By.CLIENT, By.GROUP)
    return Grid(
        "concentration",
        _("Concentration as a table"),
        [
            Head("name", _("Name")),
            Head("amount", _("Amount, %(currency)s") % {"currency": report.currency}, "number", 2),
            Head("share", _("Share"), "percent"),
            Head("cumulative", _("Cumulative"), "percent"),
        ],
        rows,
        [_page(row.key) if has_page else "" for row in figures.rows],
    )


def parts_grid(parts: Sequence[Any]) -> Grid:
    """The parts of the HHI over clients; they add up to it."""
    return Grid(
        "hhi_parts",
        _("Parts of the HHI"),
        [
            Head("name", _("Name")),
            Head("share", _("Share"), "percent"),
            Head("within", _("HHI within"), "number", 1),
            Head("points", _("Points of the HHI"), "number", 2),
        ],
        [(part.name, part.share, part.within, part.points) for part in parts],
    )


def revenue_grid(revenue: MonthlyRevenue) -> Grid:
    """Net revenue of each month by own company, to the cent."""
    heads = [
        Head(f"company_{place}", f"{name}, {revenue.currency}", "number", 2)
        for place, name in enumerate(revenue.by_seller, 1)
    ]
    rows = [(month_label(day), *(of.get(day, 0) for of in revenue.by_seller.values())) for day in revenue.months]
    return Grid("revenue", _("Revenue as a table"), [Head("month", _("Month")), *heads], rows if heads else [])


def trend_grid(snapshots: Sequence[ConcentrationSnapshot]) -> Grid:
    return Grid(
        "concentration_trend",
        _("Concentration over time as a table"),
        [
            Head("as_of_on", _("As of"), "day"),
            Head("top1", _("Largest"), "percent"),
            Head("top3", _("Top 3"), "percent"),
            Head("top10", _("Top 10"), "percent"),
            Head("hhi_points", "HHI", "number"),
            Head("effective_number", _("Effective number"), "number", 1),
        ],
        [(row.as_of_on, row.top1, row.top3, row.top10, row.hhi_points, row.effective_number) for row in snapshots],
    )


def dependence_grid(rows: Sequence[DependenceSnapshot], *, currency: str) -> Grid:
    """What one of us alone holds."""
    return Grid(
        "dependence",
        _("What hangs on one of us"),
        [
            Head("employee", _("Person")),
            Head("clients", _("Clients"), "number"),
            Head("revenue", f"{_('Revenue, 12 months')}, {currency}", "number", 2),
            Head("share", _("Share"), "percent"),
            Head("as_of_on", _("As of"), "day"),
        ],
        [(str(row.employee), row.client_count, row.revenue, row.share, row.as_of_on) for row in rows],
    )


def intake_grid(plan: Plan | None) -> Grid:
    return Grid(
        "intake",
        _("New clients by quarter"),
        [
            Head("quarter_on", _("Quarter from"), "day"),
            Head("clients", _("New clients"), "number"),
            Head("amount", _("Revenue, 12 months"), "number", 2),
            Head("share", _("Share"), "percent"),
        ],
        [(row.quarter_on, row.clients, row.amount, row.share) for row in plan.intake] if plan else [],
    )


def chance_grid(chance: Mapping[str, Any] | None) -> Grid:
    """What chance alone may take, in shares of a year's revenue and chances."""
    named = (
        (_("Expected loss of revenue"), "expected"),
        (_("Not exceeded in 95 of 100 years"), "var95"),
        (_("Mean of the worst 5 in 100"), "es95"),
        (_("Not exceeded in 99 of 100 years"), "var99"),
        (_("Mean of the worst 1 in 100"), "es99"),
        (_("Chance that nobody leaves"), "p_none"),
    )
    rows = [(words, chance[name]) for words, name in named] if chance else []
    for share, probability in chance["at_least"] if chance else ():
        rows.append((_("Chance to lose %(share)s%% or more") % {"share": f"{100 * share:.0f}"}, probability))
    heads = [Head("what", _("What")), Head("share", _("Share"), "percent")]
    return Grid("chance", _("What chance alone may take in a year"), heads, rows)


def _page(key: Any) -> str:
    return reverse("clients:client", args=[key]) if isinstance(key, int) else ""
