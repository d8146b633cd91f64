"""The tail of clients' sizes for the details of the concentration: a sentence, its figures as a table, the API."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from crm.web.formats import write_number, write_percent
from loyalty.reports.grids.grid import Grid, Head
from loyalty.rules.tails import FEWEST, Tail, hill
from loyalty.services.concentration import Report, fraction
from loyalty.services.holders import By


def tail_of(report: Report) -> Tail | None:
    """Of clients or their groups only: industries, service lines and managers are too few to have a tail."""
    if report.by not in (By.CLIENT, By.GROUP):
        return None
    return hill(row.amount for row in report.figures.rows)


def tail_context(report: Report) -> Mapping[str, Any]:
    """What the page says of the tail; nothing where the holders are no clients."""
    if report.by not in (By.CLIENT, By.GROUP):
        return {}
    tail = tail_of(report)
    return {"tail": tail, "tail_words": tail_words(tail)}


def tail_grid(tail: Tail | None) -> Grid:
    low, high = tail.interval() if tail else (0.0, 0.0)
    rows = (
        []
        if tail is None
        else [(_number(tail.index), _number(tail.error), _number(low), _number(high), tail.k, tail.n)]
    )
    return Grid(
        "tail",
        _("Tail of the sizes"),
        [
            Head("index", _("Tail index"), "number", 3),
            Head("error", _("Standard error"), "number", 3),
            Head("low", _("Interval from"), "number", 3),
            Head("high", _("Interval to"), "number", 3),
            Head("in_tail", _("In the tail"), "number"),
            Head("clients", _("Clients"), "number"),
        ],
        rows,
    )


def tail_shape(report: Report) -> Mapping[str, Any] | None:
    """For the API; null where there is no tail to speak of."""
    tail = tail_of(report)
    if tail is None:
        return None
    low, high = tail.interval()
    figures = {"index": tail.index, "error": tail.error, "low": low, "high": high, "twice": tail.twice}
    return {**{name: round(value, 6) for name, value in figures.items()}, "k": tail.k, "n": tail.n}


def tail_words(tail: Tail | None) -> str:
    if tail is None:
        return _("Not enough clients to say how heavy the tail is: it takes %(n)s with revenue.") % {"n": FEWEST}
    low, high = tail.interval()
    words = {
        "k": tail.k,
        "index": write_number(_number(tail.index) or 0, 2),
        "low": write_number(_number(low) or 0, 2),
        "high": write_number(_number(high) or 0, 2),
        "share": write_percent(fraction(tail.twice) or 0, 0),
    }
    found = _("Tail index %(index)s, between %(low)s and %(high)s in 95 of 100 such firms, by the %(k)s largest.")
    means = _("Of clients above any large size about %(share)s are more than twice as large.")
    return " ".join([found % words, means % words, _verdict(low, high)])


def _verdict(low: float, high: float) -> str:
    """What the interval allows to say; below 2 the variance of sizes has no bound."""
    if high < 2:
        return _("So heavy a tail brings clients larger than all before: plan with the largest, not with the average.")
    if low > 2:
        return _("Sizes stay within bounds: the average client says something.")
    return _("Whether one client can outgrow all others is not proven either way.")


def _number(value: float) -> Any:
    return fraction(value, 3)
