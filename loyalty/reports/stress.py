"""The answer of the stress test as a page shows it: before and after, months of cash and their curve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm.money import round_half_up
from loyalty.reports.charts import scale
from loyalty.reports.grids import Grid, Head
from loyalty.rules.granularity import Granularity
from loyalty.rules.losses import LossDistribution
from loyalty.rules.stress import Outcome
from loyalty.services.concentration import fraction
from loyalty.services.stress import StressTest

MONTHS = (0, 3, 6, 9, 12, 15, 18)
YEAR = 12
NOTES = {
    "cash_missing": gettext_lazy("Enter the firm's cash to see how long it lasts."),
    "fixed_cost_missing": gettext_lazy("Enter the fixed cost a month to see how long the cash lasts."),
    "cash_does_not_run_out": gettext_lazy("The cash does not run out."),
}


def stress_figures(test: StressTest, *, query: str = "") -> Mapping[str, Any]:
    """The answer with its curve of cash; `query` says whom the blow takes, for the file of the curve."""
    outcome, firm = test.outcome, test.firm
    runway = runway_of(outcome, firm.cash if firm else None)
    return {
        "outcome": outcome,
        "margin_before": _share(outcome.margin_before, outcome.revenue_before),
        "margin_after": _share(outcome.margin_after, outcome.revenue_after),
        "note": str(NOTES[outcome.cash_note]) if outcome.cash_note else "",
        "cost_note": cost_note(outcome),
        "firm": firm,
        "runway": runway_chart(runway) if runway else None,
        "runway_grid": runway_grid(runway, query=query),
    }


def cost_note(outcome: Outcome) -> str:
    """That margin and cash are too good, where costs lack an exchange rate; empty where all are known."""
    n = outcome.unknown_costs
    words = ngettext(
        "The cost of %(n)s client lacks an exchange rate and counts as nothing: margin and cash look too good.",
        "The cost of %(n)s clients lacks an exchange rate and counts as nothing: margin and cash look too good.",
        n,
    )
    return words % {"n": n} if n else ""


def chance_figures(chance: LossDistribution | None, few: Granularity | None) -> Mapping[str, Any] | None:
    """What chance alone may take, as fractions for a page."""
    if chance is None:
        return None
    names = ("expected", "sd", "var95", "es95", "var99", "es99", "p_none")
    named = {name: fraction(getattr(chance, name)) for name in names}
    at_least = [(fraction(share), fraction(probability)) for share, probability in chance.at_least]
    spread = {"diversified": fraction(few.diversified), "few_large": fraction(few.few_large)} if few else None
    return {**named, "at_least": at_least, "spread": spread, "exact": chance.method == "exact", "draws": chance.draws}


@dataclass(frozen=True, slots=True)
class Runway:
    """Cash at the end of some months from now, as it is and after the blow."""

    months: Sequence[int]
    as_is: Sequence[Decimal]
    after: Sequence[Decimal]


def runway_of(outcome: Outcome, cash: Decimal | None) -> Runway | None:
    """Cash over eighteen months as it is and after the blow; None while cash or fixed cost are unknown."""
    if cash is None or outcome.profit_before is None or outcome.profit_after is None:
        return None
    base, after = outcome.profit_before / YEAR, outcome.profit_after / YEAR
    return Runway(
        MONTHS,
        [cash + base * month for month in MONTHS],
        [cash + after * month - outcome.withheld_after(month) for month in MONTHS],
    )


def runway_chart(runway: Runway) -> Mapping[str, Any]:
    divisor, suffix = scale(max(map(abs, (*runway.as_is, *runway.after))))
    return {
        "x": [_("now") if month == 0 else str(month) for month in runway.months],
        "base": [_drawn(amount, divisor) for amount in runway.as_is],
        "after": [_drawn(amount, divisor) for amount in runway.after],
        "suffix": suffix,
    }


def runway_grid(runway: Runway | None, *, query: str) -> Grid:
    """Cash by month, as it is and after the chosen blow; `query` says which."""
    return Grid(
        "runway",
        _("Cash over eighteen months"),
        [
            Head("month", _("Months from now"), "number"),
            Head("as_it_is", _("As it is"), "number", 2),
            Head("after", _("After the loss"), "number", 2),
        ],
        [] if runway is None else list(zip(runway.months, runway.as_is, runway.after, strict=True)),
        query=query,
    )


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole > 0 else None


def _drawn(amount: Decimal, divisor: Decimal) -> float:
    return float(round_half_up(amount / divisor, 1))
