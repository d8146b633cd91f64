"""Models that are fitted for comparison only, on the same orders: BG/NBD, Pareto/NBD, and BG/BB by calendar years.

No value is reckoned with them (loyalty.md 1.3): BG/NBD calls everyone alive who never came back.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from crm.periods import add_months, months_between
from loyalty.models import FittedModel
from loyalty.rules.models import beta_geometric, bg_bb, choice, pareto_nbd
from loyalty.rules.models.bg_bb import Years
from loyalty.rules.models.choice import Choice
from loyalty.rules.models.fitting import Fit
from loyalty.rules.models.histories import Histories
from loyalty.services.fits import keep_fit
from loyalty.services.orders import Orders, histories_of, orders_after, split_yearly

HOLDOUT_MONTHS = 12
Role = FittedModel.Role

type Fitter = Callable[[Histories], tuple[Fit, Choice] | None]
type Expecter = Callable[[Fit, Histories, float], float]


class Rival(NamedTuple):
    """A model of orders beside the one that values are reckoned with."""

    role: str
    fit: Fitter
    expected: Expecter


def fit_comparisons(orders: Orders, rest: Orders, *, on: date) -> None:
    """Fits what the data carry, each with what it expected of the last year; what they do not carry keeps nothing.

    Rivals of the chosen model on the orders that it has, the `rest`; yes or no in a year on all of them.
    """
    adhoc = histories_of(rest, as_of=on)
    if adhoc.clients:
        for rival in RIVALS:
            if found := rival.fit(adhoc.data.grouped()):
                fit, chosen = found
                holdout = _holdout(rival, orders, on)
                keep_fit(rival.role, fit, chosen.reason, on=on, since=adhoc.from_on, holdout=holdout)
    if found := choice.fit_yearly(years_of(orders, until=on.year)):
        fit, chosen = found
        first = min(day for rows in orders.values() for day, _amount in rows)
        keep_fit(Role.YEARLY, fit, chosen.reason, on=on, since=first, holdout=_yearly_holdout(orders, on))


def years_of(orders: Orders, *, until: int) -> Years:
    """Calendar years after the one of the first order and before `until`: in how many of them the client bought."""
    rows = []
    for _client, found in sorted(orders.items()):
        bought = sorted({day.year for day, _amount in found if day.year < until})
        if bought and (seen := until - 1 - bought[0]):
            later = [year - bought[0] for year in bought[1:]]
            rows.append((len(later), later[-1] if later else 0, seen))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return bg_bb.years(*columns)


def fit_bg(data: Histories) -> tuple[Fit, Choice] | None:
    """Under the minimum with the priors of its modified sister; None where nobody ordered again, or too few did."""
    chosen = choice.choose_for_adhoc(data)
    if data.repeaters == 0 or chosen.method == "pooled":
        return None
    if chosen.method == "mle":
        fit = beta_geometric.fit(data, modified=False)
        if fit.usable:
            return fit, chosen
        chosen = Choice("map", "unidentified")
    return beta_geometric.fit_map(data, modified=False), chosen


def fit_pareto(data: Histories) -> tuple[Fit, Choice] | None:
    """Only where an own fit is carried: no prior is stated for this model."""
    chosen = choice.choose_for_adhoc(data) if data.repeaters else Choice("pooled", "few_repeaters")
    if chosen.method != "mle":
        return None
    fit = pareto_nbd.fit(data)
    return (fit, chosen) if fit.usable else None


def _bg_orders(fit: Fit, data: Histories, months: float) -> float:
    parameters = beta_geometric.Parameters(*fit.values)
    return float(data.weight @ beta_geometric.expected_orders(parameters, data, months, modified=False))


def _pareto_orders(fit: Fit, data: Histories, months: float) -> float:
    return float(data.weight @ pareto_nbd.expected_orders(pareto_nbd.Parameters(*fit.values), data, months))


RIVALS = (Rival(Role.BG, fit_bg, _bg_orders), Rival(Role.PARETO, fit_pareto, _pareto_orders))


def _holdout(rival: Rival, orders: Orders, on: date) -> dict[str, float]:
    """Orders that a fit without the last year expects of it, against those that came; empty without a fit."""
    before = add_months(on, -HOLDOUT_MONTHS)
    known = {pk: [row for row in rows if row[0] <= before] for pk, rows in orders.items()}
    adhoc = histories_of(split_yearly(known, on=before)[0], as_of=before)
    found = rival.fit(adhoc.data.grouped()) if adhoc.clients else None
    if found is None:
        return {}
    months = float(months_between(before, on))
    actual = orders_after(orders, adhoc.clients, after=before, until=on)
    return {"months": months, "expected": round(rival.expected(found[0], adhoc.data, months), 2), "actual": actual}


def _yearly_holdout(orders: Orders, on: date) -> dict[str, float]:
    """How many clients a fit without the last full year expects to buy in it, against those that did."""
    last = on.year - 1
    data = years_of(orders, until=last)
    found = choice.fit_yearly(data) if data.x.size else None
    if found is None:
        return {}
    expected = bg_bb.expected_years(bg_bb.Parameters(*found[0].values), data, 1).sum()
    known = [rows for rows in orders.values() if min(day for day, _amount in rows).year < last - 1]
    actual = sum(any(day.year == last for day, _amount in rows) for rows in known)
    return {"months": 12, "expected": round(float(expected), 2), "actual": actual}
