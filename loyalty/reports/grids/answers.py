"""The tables beside the charts of the NPS: answers by score and the trend by quarter."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.money import round_half_up
from loyalty.reports.charts import Quarter
from loyalty.reports.grids.grid import Grid, Head


def scores_grid(counts: Sequence[int], *, code: str = "scores", query: str | None = None) -> Grid:
    """How many people gave each score; no rows while nobody answered."""
    heads = [Head("score", _("Score"), "number"), Head("people", _("People"), "number")]
    return Grid(code, _("Answers by score"), heads, list(enumerate(counts)) if any(counts) else [], query=query)


def quarters_grid(quarters: Sequence[Quarter]) -> Grid:
    return Grid(
        "nps_trend",
        _("NPS by quarter as a table"),
        [
            Head("quarter", _("Quarter")),
            Head("nps", "NPS", "signed"),
            Head("low", _("Interval from"), "signed"),
            Head("high", _("Interval to"), "signed"),
            Head("answers", _("Answers"), "number"),
        ],
        [(row.label, whole(row.nps), whole(row.low), whole(row.high), row.counts.n) for row in quarters],
    )


def whole(points: Decimal | None) -> int | None:
    """Points as pages write them."""
    return None if points is None else int(round_half_up(points, 0))
