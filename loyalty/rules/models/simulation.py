"""How wide a residual value is: draws of each client's own future, and of the parameters behind it.

A single client's value is a wide band with a good chance of nothing; the interval holds chance and parameter
error, not the error of the model itself, and the page says so. The same seed gives the same draws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loyalty.rules.models import beta_geometric
from loyalty.rules.models.beta_geometric import p_alive
from loyalty.rules.models.fitting import Fit, Floats
from loyalty.rules.models.histories import Histories
from loyalty.rules.models.residual import Retainers, discounts

_LEAST = 1e-250  # a gamma draw may underflow to a rate of nothing at all


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean, quantiles and chance of nothing of each client's value, arrays of shape (n,)."""

    mean: Floats
    p10: Floats
    p50: Floats
    p90: Floats
    p_zero: Floats


def spread_of(values: Floats) -> Spread:
    """Summary of drawn values, shape (n, draws)."""
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9), axis=1)
    return Spread(values.mean(axis=1), low, middle, high, (values == 0).mean(axis=1))


def draw_parameters(fit: Fit, draws: int, random: np.random.Generator) -> Floats:
    """Parameters drawn from the normal approximation on their logarithms, shape (draws, k).

    A pooled rate is drawn from its own Beta posterior; a fit that knows neither repeats its values.
    """
    if fit.posterior is not None:
        rate = random.beta(*fit.posterior, size=draws)
        alike: Floats = sum(fit.values) * np.column_stack([rate, 1 - rate])
        return alike
    logs = np.log(fit.values)
    if fit.covariance is None:
        return np.tile(np.exp(logs), (draws, 1))
    drawn = random.multivariate_normal(logs, np.array(fit.covariance), size=draws, method="cholesky")
    result: Floats = np.exp(drawn)
    return result


def draw_adhoc(
    parameters: Floats,
    data: Histories,
    spend: Floats,
    mean_value: ArrayLike,
    *,
    horizon: float,
    annual_rate: float,
    random: np.random.Generator,
    modified: bool = True,
    until: Floats | None = None,
) -> Floats:
    """Discounted revenue of each client's future orders, shape (n, draws).

    `until` (n, draws) are the months after which a client is lost for another reason and orders nothing more.

    `parameters` (draws, 4) of MBG/NBD or BG/NBD and `spend` (draws, 3) of Gamma-Gamma come from
    `draw_parameters`. Each draw decides whether the client is still there, how often they order, when they
    leave and what each order is worth, and discounts an order at its own moment.
    """
    rate, leaving, active = _draw_clients(parameters, data, random, modified=modified)
    scale = _draw_scales(spend, data, mean_value, random)
    shapes = np.broadcast_to(spend[:, 0], rate.shape).ravel()
    rates, chances, scales = rate.ravel(), leaving.ravel(), scale.ravel()
    time, value = np.zeros(rates.size), np.zeros(rates.size)
    lasts = np.full(rates.size, horizon) if until is None else np.minimum(until, horizon).ravel()
    todo = np.flatnonzero(active)
    while todo.size:
        time[todo] += random.exponential(size=todo.size) / rates[todo]
        todo = todo[time[todo] <= lasts[todo]]
        value[todo] += random.gamma(shapes[todo]) / scales[todo] * (1 + annual_rate) ** (-time[todo] / 12)
        todo = todo[random.random(todo.size) >= chances[todo]]
    return value.reshape(rate.shape)


def draw_retainers(
    parameters: Floats, running: Retainers, *, horizon: int, annual_rate: float, random: np.random.Generator
) -> Floats:
    """Discounted fees of each retainer until it ends or the horizon, shape (n, draws).

    `parameters` (draws, 2) of the sBG; each draw takes the client's own chance of leaving from
    Beta(alpha, beta + renewals done) and the number of further renewals from it.
    """
    stays = draw_stays(parameters, running, horizon=horizon, random=random)
    return fees_until(stays, running, horizon=horizon, annual_rate=annual_rate)


def draw_stays(parameters: Floats, running: Retainers, *, horizon: int, random: np.random.Generator) -> Floats:
    """Months until each retainer ends, shape (n, draws); one that outlives the horizon ends somewhere beyond it.

    A known end is no decision any more: no draw renews it.
    """
    n, draws = running.fee.size, parameters.shape[0]
    alpha, beta = parameters[:, 0], parameters[:, 1] + running.renewals_done[:, None]
    leaving = random.beta(alpha, beta, size=(n, draws))
    renewed = random.geometric(np.clip(leaving, 1e-12, 1.0)) - 1
    further = np.where(running.ends[:, None] > 0, 0, np.minimum(renewed, horizon))
    result: Floats = running.to_decision[:, None] + running.term[:, None] * further
    return result


def fees_until(stays: Floats, running: Retainers, *, horizon: int, annual_rate: float) -> Floats:
    """Discounted fees of each retainer over its months, shape (n, draws)."""
    worth = np.concatenate(([0.0], np.cumsum(discounts(horizon, annual_rate))))
    result: Floats = running.fee[:, None] * worth[np.minimum(stays, horizon).astype(np.int64)]
    return result


def _draw_clients(
    parameters: Floats, data: Histories, random: np.random.Generator, *, modified: bool
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Order rate, chance of leaving after an order, and whether still a client, each of shape (n, draws)."""
    r, alpha, a, b = parameters.T
    wide = Histories(data.x[:, None], data.last[:, None], data.age[:, None], data.weight[:, None])
    alive = p_alive(beta_geometric.Parameters(r, alpha, a, b), wide, modified=modified)
    rate = np.maximum(random.gamma(r + wide.x), _LEAST) / (alpha + wide.age)
    leaving = random.beta(a + 0 * wide.x, b + wide.x + (1.0 if modified else 0.0))
    return rate, leaving, random.random(alive.shape) < alive


def draw_values(spend: Floats, repeats: Floats, mean_value: ArrayLike, random: np.random.Generator) -> Floats:
    """What an order of each client is worth on average, given the orders seen, shape (n, draws)."""
    alone = np.zeros_like(repeats)
    return spend[:, 0] / _draw_scales(spend, Histories(repeats, alone, alone, alone), mean_value, random)


def _draw_scales(spend: Floats, data: Histories, mean_value: ArrayLike, random: np.random.Generator) -> Floats:
    """Rate nu of each client's order values given the orders seen, shape (n, draws)."""
    p, q, v = spend.T
    x = data.x[:, None]
    z = np.where(data.x > 0, np.asarray(mean_value, dtype=np.float64), 0.0)[:, None]
    result: Floats = np.maximum(random.gamma(q + p * x), _LEAST) / (v + x * z)
    return result
