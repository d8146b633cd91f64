"""BG/BB: clients who buy or do not buy once a year, and may leave for good after any year.

Source: Fader, Hardie & Shang 2010. A history is the number of years with a purchase, the last of them, and the
number of years seen; the year of acquisition is not counted.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln, hyp2f1, logsumexp

from loyalty.rules.models.fitting import Fit, Floats, climb, covariance_of

NAMES = ("alpha", "beta", "gamma", "delta")


class Parameters(NamedTuple):
    """Beta(alpha, beta) of buying in a year while a client, Beta(gamma, delta) of leaving before a year."""

    alpha: float
    beta: float
    gamma: float
    delta: float


@dataclass(frozen=True, slots=True)
class Years:
    """Clients as arrays of shape (n,): years bought x, last year bought (0 without), years seen, weight."""

    x: Floats
    last: Floats
    seen: Floats
    weight: Floats


def years(x: ArrayLike, last: ArrayLike, seen: ArrayLike, *, weight: ArrayLike | None = None) -> Years:
    """Checked arrays; ValueError unless they are whole numbers with x <= last <= seen."""
    a, b, c = (np.asarray(values, dtype=np.float64) for values in (x, last, seen))
    w = np.ones_like(a) if weight is None else np.asarray(weight, dtype=np.float64)
    if a.ndim != 1 or not a.shape == b.shape == c.shape == w.shape:
        raise ValueError("years are lists of one length")
    whole = all((values == np.rint(values)).all() for values in (a, b, c))
    if not (whole and ((a >= 0) & (a <= b) & (b <= c) & ((a > 0) == (b > 0))).all() and (w > 0).all()):
        raise ValueError("years are whole numbers, the last one bought lies between x and those seen")
    return Years(a, b, c, w)


def fit(data: Years) -> Fit:
    """Maximum likelihood; ValueError if nobody ever bought again or everybody always did."""
    bought = float(data.weight @ data.x)
    if not 0 < bought < float(data.weight @ data.seen):
        raise ValueError("a rate is only seen where some bought and some did not")
    rows, inverse = np.unique(np.column_stack((data.x, data.last, data.seen)), axis=0, return_inverse=True)
    weight = np.bincount(inverse.ravel(), weights=data.weight)
    grouped = Years(rows[:, 0], rows[:, 1], rows[:, 2], weight)

    def value(point: Floats) -> float:
        return float(grouped.weight @ log_likelihood(Parameters(*np.exp(point)), grouped))

    found = climb(value, [np.log([1.0, 1.0, 0.5, 3.0]), np.log([2.0, 2.0, 1.0, 8.0])])
    covariance = covariance_of(found.hessian)
    values = tuple(map(float, np.exp(found.point)))
    checks = (
        ("homogeneous", values[0] + values[1] > 500 or values[2] + values[3] > 500),
        ("not_converged", not found.converged),
        ("no_curvature", covariance is None),
    )
    warnings = tuple(code for code, holds in checks if holds)
    n = round(float(data.weight.sum()))
    return Fit("bg_bb", "mle", NAMES, values, float(found.value), n, covariance, warnings)


def log_likelihood(parameters: Parameters, data: Years) -> Floats:
    """Log-likelihood of each history, shape (n,), unweighted."""
    a, b, c, d = parameters
    gaps = np.arange(int((data.seen - data.last).max(initial=0)))
    last, x = data.last[:, None], data.x[:, None]
    gone = betaln(a + x, b + last - x + gaps) + betaln(c + 1, d + last + gaps)
    gone = np.where(gaps < (data.seen - data.last)[:, None], gone, -np.inf)
    alive = betaln(a + data.x, b + data.seen - data.x) + betaln(c, d + data.seen)
    result: Floats = logsumexp(np.column_stack((alive, gone)), axis=1) - betaln(a, b) - betaln(c, d)
    return result


def p_alive(parameters: Parameters, data: Years, *, ahead: int = 0) -> Floats:
    """Probability of being a client still in the last year seen (`ahead` 0) or in the next one (1)."""
    a, b, c, d = parameters
    logs = betaln(a + data.x, b + data.seen - data.x) - betaln(a, b)
    logs += betaln(c, d + data.seen + ahead) - betaln(c, d)
    result: Floats = np.exp(logs - log_likelihood(parameters, data))
    return result


def expected_years(parameters: Parameters, data: Years, horizon: int) -> Floats:
    """Expected number of years with a purchase among the next `horizon`, shape (n,)."""
    _, _, c, d = parameters
    # gamma = 1 is a removable singularity.
    c = c + 1e-6 if abs(c - 1) < 1e-6 else c
    n = data.seen
    logs = _log_buying(parameters, data) + np.log(d) + gammaln(c + d) - gammaln(1 + d)

    def term(at: Floats) -> Floats:
        result: Floats = np.exp(gammaln(1 + d + at) - gammaln(c + d + at))
        return result

    result: Floats = np.exp(logs) * (term(n) - term(n + horizon)) / (c - 1)
    return result


def residual_years(parameters: Parameters, data: Years, *, rate: float) -> Floats:
    """Discounted expected years with a purchase, without a horizon; `rate` per year, above 0."""
    if rate <= 0:
        raise ValueError("residual years without a horizon need a rate above 0")
    _, _, c, d = parameters
    n = data.seen
    logs = _log_buying(parameters, data) + betaln(c, d + n + 1) - betaln(c, d) - np.log1p(rate)
    result: Floats = np.exp(logs) * hyp2f1(1, d + n + 1, c + d + n + 1, 1 / (1 + rate))
    return result


class RepeatRate(NamedTuple):
    """Beta posterior of the yearly repeat rate if clients are taken alike."""

    alpha: float
    beta: float
    mean: float


def repeat_rate(*, years_seen: int, years_bought: int, prior: tuple[float, float] = (1.0, 1.0)) -> RepeatRate:
    """The fallback below the minimum of data; ValueError unless 0 <= bought <= seen."""
    if not 0 <= years_bought <= years_seen:
        raise ValueError("years bought are a part of the years seen")
    a, b = prior[0] + years_bought, prior[1] + years_seen - years_bought
    return RepeatRate(a, b, a / (a + b))


def _log_buying(parameters: Parameters, data: Years) -> Floats:
    a, b = parameters[:2]
    logs: Floats = betaln(a + data.x + 1, b + data.seen - data.x) - betaln(a, b)
    return logs - log_likelihood(parameters, data)
