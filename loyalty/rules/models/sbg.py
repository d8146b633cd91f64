"""Shifted-beta-geometric: how many renewals a retainer will see.

Each client has its own constant chance of leaving at a renewal, these chances are beta distributed; the firm's
renewal rate rises because the unstable leave first. Source: Fader & Hardie 2007, 2010.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, betaln, expit, hyp2f1

from loyalty.rules.models.fitting import Fit, Floats, Method, Optimum, climb, covariance_of

NAMES = ("alpha", "beta")

_PRIOR_CHURN = (2.0, 8.0)  # phi = a / (a + b) ~ Beta(2, 8) [our choice]
_PRIOR_LOG_KAPPA = (float(np.log(5.0)), 1.0)  # ln(a + b) ~ N(ln 5, 1) [our choice]
_ALIKE = 1e6


class Parameters(NamedTuple):
    """Beta(alpha, beta) of the chance of leaving at one renewal."""

    alpha: float
    beta: float


@dataclass(frozen=True, slots=True)
class Renewals:
    """Retainers as arrays of shape (n,). Built by `renewals`, which checks them.

    `decided` is the number of renewal decisions met; `left` whether the last of them ended the contract.
    """

    decided: Floats
    left: Floats
    weight: Floats

    def grouped(self) -> "Renewals":
        """The same retainers with equal ones put together."""
        key, inverse = np.unique(2 * self.decided + self.left, return_inverse=True)
        return Renewals(key // 2, key % 2, np.bincount(inverse, weights=self.weight))


def renewals(decided: ArrayLike, left: ArrayLike, *, weight: ArrayLike | None = None) -> Renewals:
    """Checked arrays; ValueError unless decisions are whole and who left met one, weights not negative."""
    t, gone = np.asarray(decided, dtype=np.float64), np.asarray(left, dtype=np.float64)
    w = np.ones_like(t) if weight is None else np.asarray(weight, dtype=np.float64)
    if t.ndim != 1 or not t.shape == gone.shape == w.shape:
        raise ValueError("renewals are lists of one length")
    if not ((t >= gone) & (t == np.rint(t)) & np.isin(gone, (0, 1)) & (w >= 0)).all():
        raise ValueError("decisions are whole numbers, and who left met at least one")
    return Renewals(t, gone, w)


def survival(parameters: Parameters, renewal: ArrayLike) -> Floats:
    """Chance that a new retainer survives so many renewals: S(t) = B(a, b + t) / B(a, b); shape as given."""
    a, b = parameters
    result: Floats = np.exp(betaln(a, b + np.asarray(renewal, dtype=np.float64)) - betaln(a, b))
    return result


def retention(parameters: Parameters, renewal: ArrayLike) -> Floats:
    """Renewal rate at the t-th decision among those who reach it: (b + t - 1) / (a + b + t - 1)."""
    a, b = parameters
    t = np.asarray(renewal, dtype=np.float64)
    result: Floats = (b + t - 1) / (a + b + t - 1)
    return result


def residual_before(parameters: Parameters, renewal: ArrayLike, *, rate: float) -> Floats:
    """Discounted expected residual lifetime, in periods, just before the n-th decision (n from 1).

    The payment at that decision counts in full (Fader & Hardie 2010, eq. 6). `rate` is per period, above 0.
    """
    a, b = parameters
    n = np.asarray(renewal, dtype=np.float64)
    result: Floats = retention(parameters, n) * hyp2f1(1, b + n, a + b + n, 1 / (1 + _positive(rate)))
    return result


def residual_after(parameters: Parameters, renewals_done: ArrayLike, *, rate: float) -> Floats:
    """The same, just after renewal n was paid (n from 0): the next payment is a period away."""
    n = np.asarray(renewals_done, dtype=np.float64)
    return residual_before(parameters, n + 1, rate=rate) / (1 + rate)


def lifetime_of_new(parameters: Parameters, *, rate: float) -> float:
    """Discounted expected lifetime of a new retainer, its payment at time 0 included."""
    a, b = parameters
    return float(hyp2f1(1, b, a + b, 1 / (1 + _positive(rate))))


def discounted_payments(parameters: Parameters, renewals_done: ArrayLike, *, rate: float, horizon: int) -> Floats:
    """Expected discounted payments at the next `horizon` renewals, after so many are done; shape as given."""
    n = np.asarray(renewals_done, dtype=np.float64)
    steps = np.arange(1, horizon + 1)
    ahead = survival(parameters, n[..., None] + steps) / survival(parameters, n)[..., None]
    result: Floats = ahead @ (1 + rate) ** -steps.astype(np.float64)
    return result


def fit(data: Renewals) -> Fit:
    """Maximum likelihood. `homogeneous` if alpha + beta > 500: the data show no difference between clients.

    ValueError without a decision or if nobody left or nobody stayed, because then no rate is identified.
    """
    _identified(data)
    grouped = data.grouped()
    starts = [np.log([share * kappa, (1 - share) * kappa]) for share, kappa in ((0.3, 2.0), (0.15, 6.0))]
    found = climb(lambda point: _log_likelihood(np.exp(point), grouped), starts)
    return _as_fit(Parameters(*map(float, np.exp(found.point))), data, found, found.hessian, "mle")


def fit_map(data: Renewals) -> Fit:
    """Maximum a posteriori on (logit phi, ln kappa): phi = a/(a+b) ~ Beta(2, 8), ln(a+b) ~ N(ln 5, 1).

    Works whatever the data. `log_likelihood` is without the prior; `covariance` is that of (ln a, ln b).
    """
    grouped = data.grouped()
    found = climb(lambda point: log_posterior(point, grouped), [np.array([-1.4, 1.6])])
    share = float(expit(found.point[0]))
    turn = np.linalg.inv(np.array([[1 - share, 1.0], [-share, 1.0]]))
    return _as_fit(_from_shape(found.point), data, found, turn.T @ found.hessian @ turn, "map")


def log_posterior(point: Floats, data: Renewals) -> float:
    """Log-posterior at (logit phi, ln kappa), Jacobian included, up to a constant."""
    share = expit(point[0])
    (c, d), (mean, sd) = _PRIOR_CHURN, _PRIOR_LOG_KAPPA
    prior = c * np.log(share) + d * np.log1p(-share) - ((point[1] - mean) / sd) ** 2 / 2
    return float(_log_likelihood(np.array(_from_shape(point)), data) + prior)


class PooledChurn(NamedTuple):
    """Beta posterior of one churn rate for all, with mean and 90 % interval."""

    alpha: float
    beta: float
    mean: float
    low: float
    high: float


def pooled_churn(*, decisions: int, left: int, prior: tuple[float, float] = _PRIOR_CHURN) -> PooledChurn:
    """Churn per renewal if clients are taken alike. ValueError unless 0 <= left <= decisions."""
    if not 0 <= left <= decisions:
        raise ValueError("those who left are a part of the decisions")
    a, b = prior[0] + left, prior[1] + decisions - left
    low, high = (float(betaincinv(a, b, tail)) for tail in (0.05, 0.95))
    return PooledChurn(a, b, a / (a + b), low, high)


def fit_pooled(data: Renewals) -> Fit:
    """One churn rate for all, written as an sBG whose clients do not differ (alpha + beta = a million).

    How little is known of the rate stands in `posterior`.
    """
    decisions, left = float(data.weight @ data.decided), float(data.weight @ data.left)
    found = pooled_churn(decisions=round(decisions), left=round(left))
    values = (found.mean * _ALIKE, (1 - found.mean) * _ALIKE)
    value = _log_likelihood(np.array(values), data)
    n = round(float(data.weight.sum()))
    return Fit("sbg", "pooled", NAMES, values, value, n, posterior=(found.alpha, found.beta))


def _log_likelihood(parameters: Floats, data: Renewals) -> float:
    a, b = parameters
    terms = betaln(a + data.left, b + data.decided - data.left) - betaln(a, b)
    return float(data.weight @ terms)


def _from_shape(point: Floats) -> Parameters:
    share, kappa = expit(point[0]), np.exp(point[1])
    return Parameters(float(share * kappa), float((1 - share) * kappa))


def _as_fit(parameters: Parameters, data: Renewals, found: Optimum, hessian: Floats, method: Method) -> Fit:
    covariance = covariance_of(hessian)
    checks = (
        ("homogeneous", sum(parameters) > 500),
        ("not_converged", not found.converged),
        ("no_curvature", covariance is None),
    )
    warnings = tuple(code for code, holds in checks if holds)
    value = _log_likelihood(np.array(parameters), data)
    n = round(float(data.weight.sum()))
    return Fit("sbg", method, NAMES, tuple(parameters), value, n, covariance, warnings)


def _identified(data: Renewals) -> None:
    left, decisions = float(data.weight @ data.left), float(data.weight @ data.decided)
    if not 0 < left < decisions:
        raise ValueError("a churn rate is only seen where some left and some stayed")


def _positive(rate: float) -> float:
    if rate <= 0:
        raise ValueError("an endless lifetime needs a discount rate above 0")
    return rate
