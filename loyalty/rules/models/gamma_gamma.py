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

_BLOCK = 8192


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

    found = climb_by_newton(
        _Likelihood(x, z).curve, [np.log([p, q, level * (q - 1) / p]) for p, q in ((2.0, 3.0), (6.0, 4.0))]
    )
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
    return _Likelihood(*_repeaters(repeats, mean_value)).curve(np.log(parameters)).value


def _repeaters(repeats: ArrayLike, mean_value: ArrayLike) -> tuple[Floats, Floats]:
    x, z = np.asarray(repeats, dtype=np.float64), np.asarray(mean_value, dtype=np.float64)
    if x.ndim != 1 or x.shape != z.shape:
        raise ValueError("repeats and values are two lists of one length")
    kept = (x > 0) & (z > 0) & np.isfinite(z)
    if np.unique(z[kept]).size < 2:
        raise ValueError("values of at least two clients that differ are needed")
    return x[kept], z[kept]


class _Likelihood:
    """Log-likelihood with its derivatives; terms of x alone are reckoned once per value of x."""

    def __init__(self, x: Floats, z: Floats) -> None:
        self.x, self.paid, self.n = x, x * z, x.size
        self.xs, self.counts = np.unique(x, return_counts=True)
        self.sum_x_log = float(np.sum(x * np.log(self.paid)))
        self.sum_log = float(np.sum(np.log(z)))

    def curve(self, point: Floats) -> Curve:
        """Value, gradient and Hessian with respect to (ln p, ln q, ln v)."""
        parameters = np.exp(point)
        p, q, v = parameters
        n, x, c = self.n, self.xs, self.counts
        log_whole, x_log_whole, part, x_part, part2, x_part2 = self._sums(v)
        both, bent = digamma(p * x + q), polygamma(1, p * x + q)
        value = c @ (gammaln(p * x + q) - gammaln(p * x)) - p * x_log_whole - q * log_whole
        value += p * self.sum_x_log - self.sum_log + n * (q * np.log(v) - gammaln(q))
        gradient = np.array(
            [
                (c * x) @ (both - digamma(p * x)) + self.sum_x_log - x_log_whole,
                c @ both - log_whole + n * (np.log(v) - digamma(q)),
                n * q / v - p * x_part - q * part,
            ]
        )
        pq, pv, qv = (c * x) @ bent, -x_part, n / v - part
        hessian = np.array(
            [
                [(c * x**2) @ (bent - polygamma(1, p * x)), pq, pv],
                [pq, c @ bent - n * polygamma(1, q), qv],
                [pv, qv, p * x_part2 + q * part2 - n * q / v**2],
            ]
        )
        return Curve(float(value), *in_logs(parameters, gradient, hessian))

    def _sums(self, v: float) -> Floats:
        """Sums over clients of ln w, x ln w, 1/w, x/w, 1/w^2 and x/w^2, where w = v + x z; by blocks."""
        sums = np.zeros(6)
        for start in range(0, self.n, _BLOCK):
            x, whole = self.x[start : start + _BLOCK], v + self.paid[start : start + _BLOCK]
            logs, part = np.log(whole), 1 / whole
            square = part**2
            sums += logs.sum(), x @ logs, part.sum(), x @ part, square.sum(), x @ square
        return sums
