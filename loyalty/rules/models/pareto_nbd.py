"""Pareto/NBD, for comparison only: Poisson orders with a gamma rate, an exponential lifetime with a gamma rate.

Source: Schmittlein, Morrison & Colombo 1987; computing as in Fader & Hardie's notes, on logarithms throughout.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, hyp2f1, hyperu

from loyalty.rules.models.fitting import Fit, Floats, climb, covariance_of
from loyalty.rules.models.histories import Histories

NAMES = ("r", "alpha", "s", "beta")


class Parameters(NamedTuple):
    """Gamma(r, alpha) of the order rate and Gamma(s, beta) of the rate of leaving, both in the unit of time."""

    r: float
    alpha: float
    s: float
    beta: float


def fit(data: Histories) -> Fit:
    """Maximum likelihood by quasi-Newton and finite differences; ValueError without a repeat order."""
    if data.repeaters == 0:
        raise ValueError("without a repeat order there is no rate to learn")
    grouped = data.grouped()
    gap = float(data.weight @ data.age) / float(data.weight @ data.x)

    def value(point: Floats) -> float:
        with np.errstate(all="ignore"):  # far out the hypergeometric function overflows; the search turns back
            return float(grouped.weight @ log_likelihood(Parameters(*np.exp(point)), grouped))

    found = climb(value, [np.log([r, r * gap, s, b * gap]) for r, s, b in ((0.5, 0.5, 0.5), (1.5, 0.8, 2.0))])
    covariance = covariance_of(found.hessian)
    values = tuple(map(float, np.exp(found.point)))
    checks = (
        ("homogeneous", values[0] > 100 or values[2] > 100),
        ("not_converged", not found.converged),
        ("no_curvature", covariance is None),
    )
    warnings = tuple(code for code, holds in checks if holds)
    return Fit("pareto_nbd", "mle", NAMES, values, float(found.value), data.n, covariance, warnings)


def log_likelihood(parameters: Parameters, data: Histories) -> Floats:
    """Log-likelihood of each history, shape (n,), unweighted."""
    r, alpha, s, beta = parameters
    x = data.x
    alive = -(r + x) * np.log(alpha + data.age) - s * np.log(beta + data.age)
    gone = np.log(s) - np.log(r + s + x) + _log_gone(parameters, data)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    result: Floats = common + np.logaddexp(alive, gone)
    return result


def p_alive(parameters: Parameters, data: Histories) -> Floats:
    """Probability of being a client still, shape (n,)."""
    r, alpha, s, beta = parameters
    alive = -(r + data.x) * np.log(alpha + data.age) - s * np.log(beta + data.age)
    gone = np.log(s) - np.log(r + s + data.x) + _log_gone(parameters, data)
    result: Floats = np.exp(alive - np.logaddexp(alive, gone))
    return result


def expected_orders(parameters: Parameters, data: Histories, horizon: float) -> Floats:
    """Expected number of orders within the horizon from now, shape (n,)."""
    r, alpha, s, beta = parameters
    # s = 1 is a removable singularity, as is every integer step beside it.
    s = s + 1e-6 if abs(s - 1) < 1e-6 else s
    left = beta + data.age
    later = 1 - (left / (left + horizon)) ** (s - 1)
    rate = (r + data.x) * left / ((alpha + data.age) * (s - 1))
    result: Floats = p_alive(Parameters(r, alpha, s, beta), data) * rate * later
    return result


def residual_orders(parameters: Parameters, data: Histories, *, rate: ArrayLike) -> Floats:
    """Discounted expected residual orders without a horizon, `rate` compounded continuously per unit of time.

    Tricomi's U in closed form (Fader, Hardie & Lee 2005b, eq. 2), shape (n,). ValueError unless rate > 0.
    """
    r, alpha, s, beta = parameters
    delta = np.asarray(rate, dtype=np.float64)
    if (delta <= 0).any():
        raise ValueError("residual orders without a horizon need a rate above 0")
    tail = np.log(hyperu(s, s, delta * (beta + data.age)))
    logs = r * np.log(alpha) + s * np.log(beta) + (s - 1) * np.log(delta) + gammaln(r + data.x + 1) + tail
    logs -= gammaln(r) + (r + data.x + 1) * np.log(alpha + data.age) + log_likelihood(parameters, data)
    result: Floats = np.exp(logs)
    return result


def _log_gone(parameters: Parameters, data: Histories) -> Floats:
    """Logarithm of the integral over lifetimes that ended between the last order and now; -inf if none."""
    r, alpha, s, beta = parameters
    shape = r + s + data.x
    base, other = (alpha, s + 1.0) if alpha >= beta else (beta, r + data.x)

    def primitive(at: Floats) -> Floats:
        inner = hyp2f1(shape, other, shape + 1, abs(alpha - beta) / (base + at))
        logs: Floats = np.log(inner) - shape * np.log(base + at)
        return logs

    early, late = primitive(data.last), primitive(data.age)
    with np.errstate(divide="ignore"):
        result: Floats = early + np.log(-np.expm1(np.minimum(late - early, 0.0)))
    return result
