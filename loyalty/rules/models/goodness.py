"""How well a fitted model tells the data that it was fitted on: what was observed beside what it expects.

Pure functions of parameters and data; a page draws both lines and a reader judges. A good match on the same data
is no forecast: that is what the holdout is for.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, gammaln

from loyalty.rules.models import beta_geometric, gamma_gamma, sbg
from loyalty.rules.models.fitting import Floats
from loyalty.rules.models.histories import Histories

MOST_REPEATS = 7
LEAST_AT_RISK = 5
BINS = 8


class Point(NamedTuple):
    """One place of a plot: `at` is a number of repeats or renewals, or the lower edge of an amount."""

    at: float
    observed: float
    expected: float


def repeats(parameters: beta_geometric.Parameters, data: Histories, *, most: int = MOST_REPEATS) -> tuple[Point, ...]:
    """Clients by their repeat orders under MBG/NBD, the last place holding all with so many and more."""
    shares = [data.weight @ repeat_chance(parameters, x, data.age) for x in range(most)]
    seen = [float(data.weight[data.x == x].sum()) for x in range(most)]
    total = float(data.weight.sum())
    rows = [Point(x, seen[x], float(shares[x])) for x in range(most)]
    return (*rows, Point(most, total - sum(seen), total - float(sum(shares))))


def repeat_chance(parameters: beta_geometric.Parameters, x: int, age: Floats) -> Floats:
    """Chance of exactly x repeat orders within an age, shape as the ages, under MBG/NBD.

    Either the client stayed through x + 1 choices and ordered x times, or it left after the x-th order, having had
    time for it.
    """
    r, alpha, a, b = parameters
    share = age / (alpha + age)
    ordered = np.exp(gammaln(r + x) - gammaln(r) - gammaln(x + 1) + r * np.log1p(-share)) * share**x
    had_time = betainc(x, r, share) if x else np.ones_like(share)
    stays = np.exp(betaln(a, b + x + 1) - betaln(a, b))
    leaves = np.exp(betaln(a + 1, b + x) - betaln(a, b))
    result: Floats = stays * ordered + leaves * had_time
    return result


def renewals(parameters: sbg.Parameters, data: sbg.Renewals) -> tuple[Point, ...]:
    """Share still there after each renewal: the product limit of the decisions seen, beside sBG.

    Only renewals that five retainers and more had to decide are shown: beyond, one contract moves the line.
    """
    rows, share = [Point(0, 1.0, 1.0)], 1.0
    for decision in range(1, int(data.decided.max(initial=0)) + 1):
        reached = float(data.weight[data.decided >= decision].sum())
        if reached < LEAST_AT_RISK:
            break
        left = float(data.weight @ ((data.decided == decision) & (data.left == 1)))
        share *= 1 - left / reached
        rows.append(Point(decision, share, float(sbg.survival(parameters, decision))))
    return tuple(rows) if len(rows) > 1 else ()


def spend(
    parameters: gamma_gamma.Parameters, repeat: ArrayLike, mean_value: ArrayLike, *, bins: int = BINS
) -> tuple[Point, ...]:
    """Clients by the mean value of their repeat orders under Gamma-Gamma; edges are those of equal observed groups.

    The last edge is open. Empty with fewer clients than bins.
    """
    x, z = np.asarray(repeat, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
    x, z = x[(x > 0) & (z > 0)], z[(x > 0) & (z > 0)]
    if z.size < bins:
        return ()
    edges = np.unique(np.concatenate(([0.0], np.quantile(z, np.arange(1, bins) / bins))))
    below = np.array([mean_value_below(parameters, x, edge).sum() for edge in edges] + [z.size])
    seen = np.array([(z < edge).sum() for edge in edges] + [z.size])
    rows = zip(edges, np.diff(seen), np.diff(below), strict=True)
    return tuple(Point(float(edge), float(observed), float(expected)) for edge, observed, expected in rows)


def mean_value_below(parameters: gamma_gamma.Parameters, repeat: Floats, value: float) -> Floats:
    """Chance that the mean of x orders lies below a value: x z / (x z + v) is Beta(p x, q) distributed."""
    p, q, v = parameters
    result: Floats = betainc(p * repeat, q, repeat * value / (repeat * value + v))
    return result
