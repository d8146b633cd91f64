"""What the calculators answer: simple value, a fee against one price, change of an NPS, answers that an NPS needs.

Every formula is that of `rules`, of loyalty or of billing; a figure that lacks an input is None.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple, TypeGuard

from billing.rules.comparison import REPEAT_RATE, YEARS, Comparison, RetainerTerms, compare
from loyalty.rules.nps import Counts, change, interval, sample_size
from loyalty.rules.value import simple_value

type Figures = Mapping[str, Any] | None
"""What was entered; None if something of it was refused."""


class Points(NamedTuple):
    """A score or a change with its interval, as a page writes them."""

    points: Decimal
    low: Decimal
    high: Decimal


class ScoreChange(NamedTuple):
    before: Points
    after: Points
    change: Points
    z: float
    p: Decimal
    trend: str


def worth(figures: Figures) -> Decimal | None:
    """Years x purchases a year x average invoice."""
    return simple_value(figures["years"], figures["purchases"], figures["check"]) if figures else None


def fee_or_price(figures: Figures, *, currency: str, on: date) -> Mapping[str, Any] | None:
    """The comparison of billing, with what its break-even renewal rate supposes."""
    if (found := _comparison(figures, currency=currency, on=on)) is None:
        return None
    return {"found": found, "repeat": REPEAT_RATE, "years": YEARS}


def score_change(figures: Figures) -> ScoreChange | None:
    """None also while one of the two sets has no answer at all."""
    if not _complete(figures):
        return None
    before, after = (Counts(figures[f"p{side}"], figures[f"n{side}"], figures[f"d{side}"]) for side in (1, 2))
    tested, old, new = change(before, after), _score(before), _score(after)
    if tested is None or old is None or new is None:
        return None
    moved = _points(tested.raw, tested.low, tested.high)
    return ScoreChange(old, new, moved, tested.z, Decimal(str(tested.p)), tested.trend)


def answers_needed(figures: Figures) -> int | None:
    """None also where nobody is expected to differ: nothing can be reckoned without spread."""
    if not _complete(figures):
        return None
    promoters, detractors = float(figures["promoters"]) / 100, float(figures["detractors"]) / 100
    return sample_size(promoters, detractors, margin=float(figures["margin"])) or None


def _score(counts: Counts) -> Points | None:
    around = interval(counts)
    return None if counts.nps is None or around is None else _points(counts.nps, around.low, around.high)


def _points(points: float, low: float, high: float) -> Points:
    return Points(Decimal(str(points)), Decimal(str(low)), Decimal(str(high)))


def _comparison(figures: Figures, *, currency: str, on: date) -> Comparison | None:
    if not _complete(figures):
        return None
    terms = RetainerTerms(figures["fee"], currency, on, figures["months"])
    return compare(terms, one_off_price=figures["price"], annual_rate=figures["rate"] / 100)


def _complete(figures: Figures) -> TypeGuard[Mapping[str, Any]]:
    return figures is not None and None not in figures.values()
