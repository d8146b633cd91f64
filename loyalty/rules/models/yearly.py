"""Clients who buy once a year or not at all, such as a yearly audit without a contract: BG/BB, drawn year by year.

For them the silence between two purchases says nothing, which a model of order times would read as leaving.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from crm.periods import add_months, months_between
from loyalty.rules.models import bg_bb
from loyalty.rules.models.bg_bb import Years
from loyalty.rules.models.fitting import Fit, Floats
from loyalty.rules.models.simulation import draw_parameters

YEARS_BOUGHT = 3
NEAR_MONTHS = 2
"""From three purchases on, each within two months of the day of the year of the one before [our choice]."""
_ALIKE = 1e6


class Rhythm(NamedTuple):
    """A yearly client: repeat years bought, the last of them, years seen, and months to the next chance to buy."""

    bought: int
    last: int
    seen: int
    to_next: int


def rhythm_of(days: Iterable[date], *, on: date) -> Rhythm | None:
    """The rhythm of a client that buys yearly; None for everybody else.

    Yearly is who bought in three calendar years and more, never on two days of one, always at about the same time of
    the year. A purchase of the current year makes it a year seen; until it comes the year is one to come.
    """
    bought = sorted({day for day in days if day <= on})
    years = [day.year for day in bought]
    if len(bought) < YEARS_BOUGHT or len(set(years)) < len(years):
        return None
    if not all(_is_near(one, other) for one, other in pairwise(bought)):
        return None
    through = max(years[-1], on.year - 1)
    following = add_months(bought[-1], 12 * (through + 1 - years[-1]))
    to_next = max(0, months_between(on, following)) if following > on else 0
    return Rhythm(len(bought) - 1, years[-1] - years[0], through - years[0], to_next)


def histories(rhythms: Iterable[Rhythm]) -> Years:
    """The rhythms as arrays."""
    columns = [[*column] for column in zip(*((one.bought, one.last, one.seen) for one in rhythms), strict=True)]
    return bg_bb.years(*(columns or ([], [], [])))


def draw_rates(fit: Fit, draws: int, random: np.random.Generator) -> Floats:
    """Parameters of BG/BB, shape (draws, 4); of a pooled rate its own posterior, of clients who are alike and stay."""
    if fit.posterior is None:
        return draw_parameters(fit, draws, random)
    rate = random.beta(*fit.posterior, size=draws)
    stay = np.ones(draws)
    return np.column_stack((_ALIKE * rate, _ALIKE * (1 - rate), stay / _ALIKE, stay * _ALIKE))


def draw_purchases(parameters: Floats, data: Years, years: int, random: np.random.Generator) -> Floats:
    """Whether each client buys in each of the coming years, 0 or 1, shape (n, draws, years).

    Each draw decides whether the client is still one, how likely it buys and leaves, and then year by year.
    """
    n, draws = data.x.size, parameters.shape[0]
    distinct, place = np.unique(parameters, axis=0, return_inverse=True)
    chances = [bg_bb.p_alive(bg_bb.Parameters(*row), data) for row in distinct]
    alive = np.array(chances).reshape(len(distinct), n).T[:, place.ravel()]
    a, b, c, d = parameters.T
    buys = random.beta(a + data.x[:, None], b + (data.seen - data.x)[:, None])
    leaves = random.beta(c + 0 * alive, d + data.seen[:, None])
    here = random.random((n, draws)) < alive
    found = np.zeros((n, draws, years))
    for year in range(years):
        here = here & (random.random((n, draws)) >= leaves)
        found[:, :, year] = here & (random.random((n, draws)) < buys)
    return found


def draw_yearly(
    parameters: Floats,
    data: Years,
    to_next: ArrayLike,
    values: Floats,
    *,
    horizon: int,
    annual_rate: float,
    random: np.random.Generator,
    until: Floats | None = None,
) -> Floats:
    """Discounted revenue of the purchases to come within the horizon of months, shape (n, draws).

    `values` (n, draws) is what each client's purchase is worth; a purchase counts at the month of its rhythm, and none
    after `until` (n, draws), when the client is lost for another reason.
    """
    years = horizon // 12 + 1
    bought = draw_purchases(parameters, data, years, random)
    months = np.asarray(to_next, dtype=np.float64)[:, None] + 12 * np.arange(years)
    lasts = np.full(values.shape, float(horizon)) if until is None else np.minimum(until, horizon)
    counts = bought * (months[:, None, :] <= lasts[:, :, None])
    worth: Floats = values * (counts @ (1 + annual_rate) ** (-months / 12)[:, :, None])[:, :, 0]
    return worth


def _is_near(one: date, other: date) -> bool:
    """Whether the second day is about a whole number of years after the first."""
    off = months_between(one, other) % 12
    return min(off, 12 - off) <= NEAR_MONTHS
