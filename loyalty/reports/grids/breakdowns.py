"""The NPS broken down and counted in other ways, as tables."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from loyalty.reports.grids.answers import whole
from loyalty.reports.grids.grid import Grid, Head
from loyalty.reports.nps import Bar, View


def breakdown_grid(groups: Sequence[tuple[str, Sequence[Bar]]]) -> Grid:
    """All breakdowns one below the other, each row with what it is counted by."""
    rows = [
        (by, bar.label or _("unknown"), *bar.counts, *(whole(bar.figures[name]) for name in ("nps", "low", "high")))
        for by, bars in groups
        for bar in bars
    ]
    return Grid(
        "nps_breakdown",
        _("NPS by group"),
        [
            Head("by", _("Counted by")),
            Head("group", _("Group")),
            Head("promoters", _("Promoters"), "number"),
            Head("passives", _("Passives"), "number"),
            Head("detractors", _("Detractors"), "number"),
            Head("nps", "NPS", "signed"),
            Head("low", _("Interval from"), "signed"),
            Head("high", _("Interval to"), "signed"),
        ],
        rows,
    )


def views_grid(views: Sequence[View]) -> Grid:
    return Grid(
        "nps_views",
        _("NPS, counted in other ways"),
        [
            Head("counted", _("Counted")),
            Head("nps", "NPS", "signed", 1),
            Head("error", _("Standard error"), "number", 1),
            Head("n", "n", "number", 1),
        ],
        [(str(view.label), view.nps, view.error, view.n) for view in views if view.nps is not None],
    )
