"""How much of a bad year comes from a few large clients and would be gone if the firm had many small ones.

An explanation beside the figures of `losses`, not their engine: for the clients of one firm those are exact.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from loyalty.rules.losses import COMMON_SHOCK, checked_risks, given_shock


class Granularity(NamedTuple):
    """The loss not exceeded at a level, in shares of one: `diversified` of countless small clients, `few_large` on top.

    Their sum approximates the value at risk.
    """

    diversified: float
    few_large: float


def granularity(
    shares: ArrayLike, probabilities: ArrayLike, *, level: float = 0.95, rho: float = COMMON_SHOCK
) -> Granularity | None:
    """The second-order adjustment of Martin & Wilde 2002 in a one-factor Gaussian copula.

    -1/(2 phi(x)) d/dx [phi(x) v(x) / m'(x)] at the bad quantile x of the shock, m and v being mean and variance of
    the loss given it. None without a client at risk. ValueError for shares below 0, probabilities outside 0..1 or a
    correlation outside 0..1, both excluded: without a common shock nothing is left of many small clients but the mean.
    """
    s, p = checked_risks(shares, probabilities)
    if not 0 < rho < 1 or not 0 < level < 1:
        raise ValueError("the common shock's correlation and the level lie between 0 and 1")
    kept = (s > 0) & (p > 0) & (p < 1)
    if not kept.any():
        return None
    certain = float(s[p == 1].sum())
    s, p = s[kept], p[kept]
    x, k = float(ndtri(1 - level)), float(np.sqrt(rho / (1 - rho)))
    z = (ndtri(p) - np.sqrt(rho) * x) / np.sqrt(1 - rho)
    chance, density = given_shock(p, rho, x), np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    slope, bend = -k * density, -(k**2) * z * density
    variance, variance_slope = s**2 @ (chance * (1 - chance)), s**2 @ ((1 - 2 * chance) * slope)
    first, second = s @ slope, s @ bend
    added = (x * variance - variance_slope + variance * second / first) / (2 * first)
    return Granularity(certain + float(s @ chance), float(added))
