"""Gamma-Gamma: what a client's next order is worth, given the mean of the orders seen so far.

Orders of one client scatter by a gamma, clients by another; few orders lean on the population. It assumes that
value and frequency are independent. Sources: Fader, Hardie & Lee 2005b; Hardie's note 025.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln, polygamma

from loyalty.rules.models.fitting import Curve, Fit, Floats, climb_by_newton, covariance_of, in_logs

NAMES = ("p", "q", "v")


class Parameters(NamedTuple):
    """Order ~ Gamma(p, nu), nu ~ Gamma(q, v); v in money. The population mean p v / (q - 1) needs q > 1."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float | None:
        """Mean order of the population; None where the tail is too heavy to have one."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else None


def fit(repeats: ArrayLike, mean_value: ArrayLike) -> Fit:
    """Maximum likelihood from the clients with at least one repeat order of positive value, arrays of shape (n,).

    Others are left out. `heavy_tail` among the warnings: q <= 1, no population mean. ValueError if fewer than
    two clients are left or none of them differs.
    """
    x, z = _repeaters(repeats, mean_value)
    level = float(np.average(z, weights=x))

    def curve(point: Floats) -> Curve:
        return _curve(point, x, z)

    found = climb_by_newton(curve, [np.log([p, q, level * (q - 1) / p]) for p, q in ((2.0, 3.0), (6.0, 4.0))])
    values = tuple(map(float, np.exp(found.point)))
    covariance = covariance_of(found.hessian)
    checks = (
        ("homogeneous", max(values[:2]) > 500),
        ("heavy_tail", values[1] <= 1),
        ("not_converged", not found.converged),
        ("no_curvature", covariance is None),
    )
    warnings = tuple(code for code, holds in checks if holds)
    return Fit("gamma_gamma", "mle", NAMES, values, float(found.value), x.size, covariance, warnings)


def expected_value(parameters: Parameters, repeats: ArrayLike, mean_value: ArrayLike) -> Floats:
    """Expected value of the next order of each client, shape (n,): p (v + x z) / (p x + q - 1).

    Without a repeat order `mean_value` is not read and the population's mean stands. ValueError if that mean
    does not exist.
    """
    p, q, v = parameters
    x = np.asarray(repeats, dtype=np.float64)
    z = np.where(x > 0, np.asarray(mean_value, dtype=np.float64), 0.0)
    if (p * x + q <= 1).any():
        raise ValueError("the distribution of values has no mean (q <= 1)")
    result: Floats = p * (v + x * z) / (p * x + q - 1)
    return result


def log_likelihood(parameters: Parameters, repeats: ArrayLike, mean_value: ArrayLike) -> float:
    """Log-likelihood of the clients with repeat orders."""
    return _curve(np.log(parameters), *_repeaters(repeats, mean_value)).value


def _repeaters(repeats: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
    x, z = np.asarray(repeats, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
    if x.ndim != 1 or x.shape != z.shape:
        raise ValueError("repeats and values are two lists of one length")
    kept = (x > 0) & (z > 0) & np.isfinite(z)
    if np.unique(z[kept]).size < 2:
        raise ValueError("values of at least two clients that differ are needed")
    return x[kept], z[kept]


def _curve(point: Floats, x: Floats, z: Floats) -> Curve:
    parameters = np.exp(point)
    p, q, v = parameters
    n, px, whole = x.size, p * x, v + x * z
    log_whole = np.log(whole)
    value = np.sum(gammaln(px + q) - gammaln(px) - (px + q) * log_whole + px * np.log(x * z) - np.log(z))
    value += n * (q * np.log(v) - gammaln(q))
    both, bent = digamma(px + q), polygamma(1, px + q)
    gradient = np.array(
        [
            x @ (both - digamma(px) + np.log(x * z) - log_whole),
            np.sum(both - log_whole) + n * (np.log(v) - digamma(q)),
            n * q / v - np.sum((px + q) / whole),
        ]
    )
    pq, pv, qv = x @ bent, -x @ (1 / whole), n / v - np.sum(1 / whole)
    hessian = np.array(
        [
            [x**2 @ (bent - polygamma(1, px)), pq, pv],
            [pq, bent.sum() - n * polygamma(1, q), qv],
            [pv, qv, np.sum((px + q) / whole**2) - n * q / v**2],
        ]
    )
    return Curve(float(value), *in_logs(parameters, gradient, hessian))
