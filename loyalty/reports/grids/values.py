"""The tables of values, segments and health, and of whether health foretold losses."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from clients.models import Client
from loyalty.reports.grids.grid import Grid, Head
from loyalty.reports.health import health_rows


def values_grid(clients: Iterable[Client], *, currency: str) -> Grid:
    """The ranking with the factors of the simple value and where it comes from."""
    rows = []
    for client in clients:
        figures = client.facts
        if figures is not None:
            made_of = [_decimal(figures.simple_value_inputs.get(name)) for name in FACTORS]
            source = figures.get_simple_value_source_display()
            rows.append((client.name, *made_of, figures.simple_value, figures.historical_value, source))
    return Grid(
        "values",
        _("Lifetime value"),
        [
            Head("client", _("Client")),
            Head("years", _("Years"), "number", 1),
            Head("purchases_per_year", _("Purchases a year"), "number", 2),
            Head("average_check", f"{_('Average invoice')}, {currency}", "number", 2),
            Head("simple_value", f"{_('Lifetime value')}, {currency}", "number", 2),
            Head("margin_so_far", f"{_('Margin so far')}, {currency}", "number", 2),
            Head("source", _("Source")),
        ],
        rows,
    )


FACTORS = ("years", "purchases_per_year", "average_check")


def segments_grid(context: Mapping[str, Any]) -> Grid:
    """Every segment with its clients, years and average value, as the page has them."""
    usual = context["policy"].expected_years
    return Grid(
        "segments",
        _("Segments"),
        [
            Head("segment", _("Segment")),
            Head("clients", _("Clients"), "number"),
            Head("years", _("Years"), "number", 1),
            Head("average", f"{_('Average simple value')}, {context['currency']}", "number", 2),
        ],
        [
            (row.words, row.average.client_count, row.years.years if row.years else usual, row.average.value)
            for row in context["rows"]
        ],
    )


def health_grid(clients: Collection[Client], *, today: date) -> Grid:
    """Scores with their change in four weeks and what costs most, as the list shows them."""
    return Grid(
        "health",
        _("Health"),
        [
            Head("client", _("Client")),
            Head("score", _("Health"), "number"),
            Head("band", _("Band")),
            Head("change", _("4 weeks"), "signed"),
            Head("costs_most", _("What costs most")),
            Head("account_manager", _("Account manager")),
        ],
        [
            (
                row.client.name,
                row.snapshot.score if row.snapshot else None,
                row.client.facts.get_health_band_display() if row.client.facts else "",
                row.change,
                ", ".join(f"{line.name} \N{MINUS SIGN}{line.lost}" for line in row.largest),
                str(row.client.account_manager or ""),
            )
            for row in health_rows(clients, today=today)
        ],
    )


def backtest_grid(context: Mapping[str, Any]) -> Grid:
    """Losses by band, each factor alone, and stated against seen, one below the other."""
    rows: list[tuple[Any, ...]] = []
    if context["test"]:
        by, alone, stated = _("By band"), _("Each factor alone"), _("Stated against seen")
        rows += [(by, str(name), row.n, row.lost, rate, None, None) for name, row, rate in context["bands"]]
        rows += [(alone, str(name), None, None, None, auc, error) for name, auc, error in context["factors"]]
        rows += [(stated, f"{100 * said:.1f} %", n, None, seen, None, None) for said, seen, n in context["bins"]]
    return Grid(
        "backtest",
        _("Does health foretell losses?"),
        [
            Head("what", _("What")),
            Head("group", _("Group")),
            Head("cases", _("Cases"), "number"),
            Head("lost", _("Lost"), "number"),
            Head("share", _("Share"), "percent"),
            Head("auc", "AUC", "number", 3),
            Head("error", _("Standard error"), "number", 3),
        ],
        rows,
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
