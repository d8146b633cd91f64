"""MBG/NBD and BG/NBD: Poisson orders with a gamma rate, and a beta chance of leaving after each order.

In MBG/NBD a client may leave after the first order too, so silence counts for everybody; BG/NBD says 1 for
everyone who never came back and is here for comparison. Both share their algebra, `modified` tells them apart.
Sources: Fader, Hardie & Lee 2005 (BG); Batislam et al. 2007, Hoppe & Wagner 2007 (MBG).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, expit, gammaln, hyp2f1, polygamma

from loyalty.rules.models.fitting import (
    Curve,
    Fit,
    Floats,
    Method,
    Optimum,
    climb_by_newton,
    covariance_of,
    in_logs,
)
from loyalty.rules.models.histories import Histories

NAMES = ("r", "alpha", "a", "b")

# Priors of the firm's MAP fit [our choice]: means and standard deviations of ln r, logit a/(a+b), ln(a+b).
_PRIOR_LOG_R = (0.0, 0.75)
_PRIOR_LOGIT = (float(np.log(0.15 / 0.85)), 1.0)
_PRIOR_LOG_KAPPA = (float(np.log(4.0)), 0.75)

_SAMPLE = 4000
_BLOCK = 8192


class Parameters(NamedTuple):
    """Gamma(r, alpha) of the order rate, alpha in the unit of time; Beta(a, b) of leaving after an order."""

    r: float
    alpha: float
    a: float
    b: float


def fit(data: Histories, *, modified: bool = True) -> Fit:
    """Maximum likelihood. A fit with a + b > 500 or r > 100 is marked `homogeneous`.

    ValueError without a repeat order, because then there is no rate to learn.
    """
    grouped = _fittable(data)
    curve = _Likelihood(grouped, modified=modified).curve
    found = climb_by_newton(curve, _starts(grouped, modified=modified))
    return _as_fit(found, data, "mle", modified=modified)


def fit_map(data: Histories, *, modified: bool = True) -> Fit:
    """Maximum a posteriori with the stated priors (ln alpha flat); `log_likelihood` is without the prior."""
    grouped = _fittable(data)
    likelihood = _Likelihood(grouped, modified=modified)
    starts = _starts(grouped, modified=modified)
    found = climb_by_newton(lambda point: _plus_prior(likelihood.curve(point), point), starts)
    without = found._replace(value=likelihood.curve(found.point).value)
    return _as_fit(without, data, "map", modified=modified)


def fit_rate(data: Histories, *, modified: bool = True) -> Fit:
    """For a handful of clients: only alpha is learnt, r, a and b stand at the middle of their priors.

    The covariance is that of the priors and the few orders together.
    """
    grouped = _fittable(data)
    likelihood = _Likelihood(grouped, modified=modified)
    kappa, phi = np.exp(_PRIOR_LOG_KAPPA[0]), expit(_PRIOR_LOGIT[0])
    fixed = np.log([np.exp(_PRIOR_LOG_R[0]), 1.0, kappa * phi, kappa * (1 - phi)])

    def curve(point: Floats) -> Curve:
        full = likelihood.curve(np.array([fixed[0], point[0], fixed[2], fixed[3]]))
        return Curve(full.value, full.gradient[1:2], full.hessian[1:2, 1:2])

    found = climb_by_newton(curve, [start[1:2] for start in _rough_starts(grouped)])
    values = np.exp([fixed[0], found.point[0], fixed[2], fixed[3]])
    warnings = () if found.converged else ("not_converged",)
    numbers = (tuple(map(float, values)), found.value, data.n, _rough_covariance(likelihood, np.log(values)))
    return Fit(_name(modified), "pooled", NAMES, *numbers, warnings=warnings)


def _rough_covariance(likelihood: "_Likelihood", point: Floats) -> tuple[tuple[float, ...], ...] | None:
    """How little is known of all four where only alpha was learnt: the curvature of likelihood and priors there."""
    return covariance_of(_plus_prior(likelihood.curve(point), point).hessian)


def log_likelihood(parameters: Parameters, data: Histories, *, modified: bool = True) -> Floats:
    """Log-likelihood of each history, shape (n,), unweighted. Parameters are positive."""
    r, alpha, a, b = parameters
    x, log_age = data.x, np.log(alpha + data.age)
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - (r + x) * log_age
    common += gammaln(b + x) - gammaln(b) + gammaln(a + b) - gammaln(a + b + x)
    if modified:
        common += np.log(b + x) - np.log(a + b + x)
    result: Floats = common + np.logaddexp(0.0, _log_odds_gone(parameters, data, modified=modified))
    return result


def p_alive(parameters: Parameters, data: Histories, *, modified: bool = True) -> Floats:
    """Probability of being a client still, shape (n,)."""
    result: Floats = expit(-_log_odds_gone(parameters, data, modified=modified))
    return result


def expected_orders(parameters: Parameters, data: Histories, horizon: ArrayLike, *, modified: bool = True) -> Floats:
    """Expected number of orders within each horizon from now, shape (n,) or (n, h) for h horizons.

    Given the client's history, with the chance of being gone in it. ValueError for a negative horizon.
    """
    times = np.asarray(horizon, dtype=np.float64)
    if (times < 0).any():
        raise ValueError("a horizon is not negative")
    alive = p_alive(parameters, data, modified=modified)
    pairs, inverse = np.unique(np.column_stack((data.x, data.age)), axis=0, return_inverse=True)
    grid = _orders_if_alive(parameters, pairs[:, :1], pairs[:, 1:], times.reshape(1, -1), modified=modified)
    result = alive[:, None] * grid[inverse.ravel()]
    return result[:, 0] if times.ndim == 0 else result


def expected_orders_of_new(parameters: Parameters, time: ArrayLike, *, modified: bool = True) -> Floats:
    """Expected repeat orders of a client within `time` after the first order, same shape as `time`."""
    times = np.asarray(time, dtype=np.float64)
    zero = np.zeros(1)
    alive = parameters.b / (parameters.a + parameters.b) if modified else 1.0
    grid = _orders_if_alive(parameters, zero[:, None], zero[:, None], times.reshape(1, -1), modified=modified)
    result: Floats = (alive * grid[0]).reshape(times.shape)
    return result


def _orders_if_alive(parameters: Parameters, x: Floats, age: Floats, time: Floats, *, modified: bool) -> Floats:
    """Expected orders of a client known to be there; x and age (m, 1), time (1, h), result (m, h).

    a = 1 and a + b + x = 1 are removable singularities, and the library's hypergeometric function overflows
    where r - a is a whole number and x large. There the mean of both sides stands, right to nine digits.
    """
    found = _series(parameters, x, age, time, modified=modified)
    if (broken := ~np.isfinite(found)).any():
        sides = [_series(_beside(parameters, step), x, age, time, modified=modified) for step in (-1e-5, 1e-5)]
        found = np.where(broken, (sides[0] + sides[1]) / 2, found)
    result: Floats = np.maximum(found, 0.0)
    return result


def _series(parameters: Parameters, x: Floats, age: Floats, time: Floats, *, modified: bool) -> Floats:
    """The closed form, not finite at its singularities.

    Euler's transformation of the published one: (1 - z)^(a - 1) stays small where (1 - z)^(r + x) x 2F1 is
    nothing times infinity.
    """
    r, alpha, a, b = parameters
    shift = 0.0 if modified else 1.0
    c, z = a + b + x - shift, time / (alpha + age + time)
    if abs(a - 1) < 1e-6:
        return np.full(np.broadcast_shapes(x.shape, time.shape), np.nan)
    with np.errstate(all="ignore"):
        curve = (1 - z) ** (a - 1) * hyp2f1(a + b - shift - r, a - 1, c, z)
        result: Floats = c / (a - 1) * (1 - curve)
    return result


def _beside(parameters: Parameters, step: float) -> Parameters:
    """A point close by in which no two parameters differ by a whole number any more."""
    r, alpha, a, b = parameters
    return Parameters(r * (1 + step), alpha, a * (1 + 2 * step), b * (1 + 3 * step))


def _log_odds_gone(parameters: Parameters, data: Histories, *, modified: bool) -> Floats:
    r, alpha, a, b = parameters
    longer = (r + data.x) * (np.log(alpha + data.age) - np.log(alpha + data.last))
    if modified:
        odds: Floats = np.log(a) - np.log(b + data.x) + longer
        return odds
    back = data.x > 0
    return np.where(back, np.log(a) - np.log(np.where(back, b + data.x - 1, 1.0)) + longer, -np.inf)


class _Likelihood:
    """Sum of log-likelihoods with its derivatives; terms of x alone are reckoned once per value of x."""

    def __init__(self, data: Histories, *, modified: bool) -> None:
        self.modified = modified
        leavers = np.ones(data.x.size, dtype=bool) if modified else data.x > 0
        self.x, self.last, self.age = data.x[leavers], data.last[leavers], data.age[leavers]
        self.weight = data.weight[leavers]
        self.stayers_age, self.stayers_weight = data.age[~leavers], data.weight[~leavers]
        counts = np.bincount(data.x.astype(np.int64), weights=data.weight)
        self.counts, self.xs = counts[counts > 0], np.flatnonzero(counts).astype(np.float64)
        self.n = float(data.weight.sum())

    def curve(self, point: Floats) -> Curve:
        """Value, gradient and Hessian with respect to (ln r, ln alpha, ln a, ln b)."""
        parameters = np.exp(point)
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for part in (self._counting(parameters), self._timing(parameters), self._staying(parameters)):
            value, gradient, hessian = value + part.value, gradient + part.gradient, hessian + part.hessian
        return Curve(value, *in_logs(parameters, gradient, hessian))

    def _counting(self, parameters: Floats) -> Curve:
        r, alpha, a, b = parameters
        w, n, x = self.counts, self.n, self.xs
        one = 1.0 if self.modified else 0.0
        bx, abx, ab = (b + x + one, a + b + x + one, a + b)
        value = w @ (gammaln(r + x) + gammaln(bx) - gammaln(abx))
        value += n * (r * np.log(alpha) - gammaln(r) - gammaln(b) + gammaln(ab))
        both = n * digamma(ab) - w @ digamma(abx)
        gradient = np.array(
            [
                w @ digamma(r + x) + n * (np.log(alpha) - digamma(r)),
                n * r / alpha,
                both,
                both + w @ digamma(bx) - n * digamma(b),
            ]
        )
        hessian = np.zeros((4, 4))
        hessian[0, 0] = w @ polygamma(1, r + x) - n * polygamma(1, r)
        hessian[0, 1] = hessian[1, 0] = n / alpha
        hessian[1, 1] = -n * r / alpha**2
        hessian[2:, 2:] = n * polygamma(1, ab) - w @ polygamma(1, abx)
        hessian[3, 3] += w @ polygamma(1, bx) - n * polygamma(1, b)
        return Curve(float(value), gradient, hessian)

    def _timing(self, parameters: Floats) -> Curve:
        """The part of who may have left, in blocks that fit the processor's cache (and one thread)."""
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for start in range(0, self.x.size, _BLOCK):
            value += self._timing_block(parameters, slice(start, start + _BLOCK), gradient, hessian)
        hessian[1, 0] = hessian[0, 1]
        return Curve(value, gradient, hessian)

    def _timing_block(self, parameters: Floats, rows: slice, gradient: Floats, hessian: Floats) -> float:
        r, alpha, a, b = parameters
        w, rx = self.weight[rows], r + self.x[rows]
        by_age, by_last = 1 / (alpha + self.age[rows]), 1 / (alpha + self.last[rows])
        log_age, leave = np.log(by_age), b - (0.0 if self.modified else 1.0) + self.x[rows]
        since, edge = np.log(by_last) - log_age, by_age - by_last
        odds = rx * since - np.log(leave / a)
        within = np.minimum(odds, 700.0)  # beyond it exp overflows, and log(1 + exp(z)) is z
        likely = np.exp(within)
        gone = likely / (1 + likely)
        value = w @ (np.log(1 + likely) + (odds - within) + rx * log_age)
        slopes = np.empty((4, rx.size))
        slopes[0], slopes[1], slopes[2], slopes[3] = since, rx * edge, 1 / a, -1 / leave
        weighted, far = w * gone, w * by_age
        gradient += slopes @ weighted
        gradient[0] += w @ log_age
        gradient[1] -= far @ rx
        hessian += (slopes * (weighted * (1 - gone))) @ slopes.T
        hessian[0, 1] += weighted @ edge - far.sum()
        hessian[1, 1] += (weighted * rx) @ (by_last**2 - by_age**2) + (far * by_age) @ rx
        hessian[2, 2] -= weighted.sum() / a**2
        hessian[3, 3] += weighted @ slopes[3] ** 2
        return float(value)

    def _staying(self, parameters: Floats) -> Curve:
        r, alpha = parameters[:2]
        age, w = alpha + self.stayers_age, self.stayers_weight
        log_age, by_age = float(w @ np.log(age)), float(w @ (1 / age))
        gradient, hessian = np.zeros(4), np.zeros((4, 4))
        gradient[:2] = -log_age, -r * by_age
        hessian[0, 1] = hessian[1, 0] = -by_age
        hessian[1, 1] = r * float(w @ age**-2.0)
        return Curve(-float(r) * log_age, gradient, hessian)


def _plus_prior(here: Curve, point: Floats) -> Curve:
    """Adds the log-density of the priors, normal on ln r, logit a/(a+b) = ln a - ln b, and ln(a+b)."""
    _, _, log_a, log_b = point
    share = float(expit(log_a - log_b))
    terms = (
        (point[0], _PRIOR_LOG_R, np.array([1.0, 0, 0, 0])),
        (log_a - log_b, _PRIOR_LOGIT, np.array([0.0, 0, 1, -1])),
        (np.logaddexp(log_a, log_b), _PRIOR_LOG_KAPPA, np.array([0.0, 0, share, 1 - share])),
    )
    value, gradient, hessian = here.value, here.gradient.copy(), here.hessian.copy()
    for at, (mean, sd), slope in terms:
        away = (at - mean) / sd**2
        value -= (at - mean) * away / 2
        gradient -= away * slope
        hessian -= np.outer(slope, slope) / sd**2
    bend = (np.logaddexp(log_a, log_b) - _PRIOR_LOG_KAPPA[0]) / _PRIOR_LOG_KAPPA[1] ** 2
    hessian[2:, 2:] -= bend * share * (1 - share) * np.array([[1.0, -1], [-1, 1]])
    return Curve(float(value), gradient, hessian)


def _starts(data: Histories, *, modified: bool) -> list[Floats]:
    """Where to begin: with many groups at the optimum of a sample of them, so that few full steps remain."""
    size = data.x.size
    if size <= 2 * _SAMPLE:
        return _rough_starts(data)
    chosen = slice(None, None, size // _SAMPLE)
    sample = Histories(data.x[chosen], data.last[chosen], data.age[chosen], data.weight[chosen])
    found = climb_by_newton(_Likelihood(sample, modified=modified).curve, _rough_starts(sample))
    return [found.point] if found.converged else _rough_starts(data)


def _rough_starts(data: Histories) -> list[Floats]:
    """A shape of heterogeneity with the alpha that meets the observed rate; two of them for few clients.

    With a thousand histories the likelihood leads every start to one place, with a hundred it may not.
    """
    gap = float(data.weight @ data.age) / max(float(data.weight @ data.x), 1.0)
    shapes = ((0.5, 0.8, 2.5), (1.5, 0.3, 2.0))
    return [np.log([r, r * gap, a, b]) for r, a, b in shapes[: 1 if data.x.size > 500 else 2]]


def _fittable(data: Histories) -> Histories:
    if data.repeaters == 0:
        raise ValueError("without a repeat order there is no rate to learn")
    return data.grouped()


def _as_fit(found: Optimum, data: Histories, method: Method, *, modified: bool) -> Fit:
    values = tuple(map(float, np.exp(found.point)))
    r, _, a, b = values
    covariance = covariance_of(found.hessian)
    checks = (
        ("homogeneous", a + b > 500 or r > 100),
        ("not_converged", not found.converged),
        ("no_curvature", covariance is None),
    )
    warnings = tuple(code for code, holds in checks if holds)
    return Fit(_name(modified), method, NAMES, values, float(found.value), data.n, covariance, warnings)


def _name(modified: bool) -> str:
    return "mbg_nbd" if modified else "bg_nbd"
