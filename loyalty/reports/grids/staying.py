"""The tables of losses and of measures to keep clients."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from loyalty.reports.grids.grid import Grid, Head
from loyalty.reports.retention import ShownMeasure
from loyalty.services.concentration import fraction
from loyalty.services.effects import Effect


def reasons_grid(reasons: Sequence[Mapping[str, Any]], *, currency: str) -> Grid:
    """Causes of concluded losses by the value that went with them, the dearest first."""
    return Grid(
        "loss_reasons",
        _("Reasons by value lost"),
        [
            Head("cause", _("Cause")),
            Head("value", f"{_('Value lost')}, {currency}", "number", 2),
            Head("cumulative", _("Cumulative"), "percent"),
        ],
        [(str(row["cause"]), row["value"], row["share"]) for row in reasons],
    )


def measures_grid(measures: Sequence[ShownMeasure]) -> Grid:
    """What we do to keep clients, with losses and complaints per 100 clients a year before and after."""
    return Grid(
        "measures",
        _("What we do to keep clients"),
        [
            Head("measure", _("Measure")),
            Head("kind", _("Kind")),
            Head("since", _("Since"), "day"),
            Head("until", _("Until"), "day"),
            Head("clients", _("Clients"), "number"),
            Head("losses_before", _("Losses before, per 100 clients a year"), "number", 1),
            Head("losses_after", _("Losses after, per 100 clients a year"), "number", 1),
            Head("complaints_before", _("Complaints before, per 100 clients a year"), "number", 1),
            Head("complaints_after", _("Complaints after, per 100 clients a year"), "number", 1),
            Head("nps_change", _("Change of the NPS"), "signed"),
        ],
        [
            (
                row.measure.name,
                row.measure.get_kind_display(),
                row.measure.started_on,
                row.measure.ended_on,
                row.effect.clients,
                *_rates(row.effect.losses),
                *_rates(row.effect.complaints),
                row.nps,
            )
            for row in measures
        ],
    )


def _rates(effect: Effect) -> tuple[Decimal | None, Decimal | None]:
    """Before and after; None where there is nothing to compare."""
    change = effect.change
    return (fraction(change.before_rate, 1), fraction(change.after_rate, 1)) if change else (None, None)
