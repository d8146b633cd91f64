"""The answer of the stress test as a page shows it: before and after, months of cash and their curve."""

from collections.abc import Mapping, Set
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.models import FirmFigure
from loyalty.rules.stress import Outcome
from loyalty.services.stress import StressTest, run_stress_test

MONTHS = (0, 3, 6, 9, 12, 15, 18)
NOTES = {
    "cash_missing": _("Enter the firm's cash to see how long it lasts."),
    "fixed_cost_missing": _("Enter the fixed cost a month to see how long the cash lasts."),
    "cash_does_not_run_out": _("The cash does not run out."),
}


def stress_context(*, lost: Set[int], late: Set[int], days: int, on: date) -> Mapping[str, Any]:
    test = run_stress_test(lost=lost, late=late, days=days, on=on)
    outcome, firm = test.outcome, FirmFigure.objects.as_of(on)
    return {
        "outcome": outcome,
        "margin_before": _share(outcome.margin_before, outcome.revenue_before),
        "margin_after": _share(outcome.margin_after, outcome.revenue_after),
        "note": _note(outcome),
        "firm": firm,
        "runway": runway_chart(outcome, firm.cash if firm else None),
        "chance": test.chance,
        "thresholds": _thresholds(test),
    }


def runway_chart(outcome: Outcome, cash: Decimal | None) -> Mapping[str, Any] | None:
    """Cash over eighteen months as it is and after the blow; None while cash or fixed cost are unknown."""
    if cash is None or outcome.profit_before is None or outcome.profit_after is None:
        return None
    base, after = outcome.profit_before / 12, outcome.profit_after / 12
    return {
        "x": [_("now") if month == 0 else str(month) for month in MONTHS],
        "base": [_thousands(cash + base * month) for month in MONTHS],
        "after": [_thousands(cash + after * month - (outcome.withheld if month else 0)) for month in MONTHS],
        "suffix": " k",
    }


def _thresholds(test: StressTest) -> list[tuple[Decimal, Decimal]]:
    if test.chance is None:
        return []
    return [(Decimal(repr(share)), Decimal(repr(chance))) for share, chance in test.chance.at_least]


def _note(outcome: Outcome) -> str:
    return str(NOTES[outcome.cash_note]) if outcome.cash_note else ""


def _share(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole > 0 else None


def _thousands(amount: Decimal) -> float:
    return float(round(amount / 1000, 1))
