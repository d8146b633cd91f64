"""Synthetic firms with known parameters, to see whether the models find them again."""

import numpy as np

from loyalty.rules.models.fitting import Floats
from loyalty.rules.models.histories import Histories, histories
from loyalty.rules.models.sbg import Renewals, renewals


def synthetic_orders(
    r: float, alpha: float, a: float, b: float, *, n: int, seed: int, months: int = 36, modified: bool = True
) -> tuple[Histories, Floats]:
    """Histories of clients who joined evenly over the window, and their orders of the next 12 months."""
    random = np.random.default_rng(seed)
    age = random.uniform(1, months, n)
    rate, leaving = random.gamma(r, 1 / alpha, n), random.beta(a, b, n)
    x, last, later, time = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    alive = random.random(n) >= leaving if modified else np.ones(n, dtype=bool)
    while alive.any():
        time = time + random.exponential(size=n) / rate
        seen = alive & (time <= age)
        last[seen] = time[seen]
        x += seen
        later += alive & (time > age) & (time <= age + 12)
        alive &= (time <= age + 12) & (random.random(n) >= leaving)
    return histories(x, last, age), later


def synthetic_renewals(alpha: float, beta: float, *, n: int, seed: int, rounds: int = 6) -> Renewals:
    """Retainers that met up to so many decisions, the number seen differing between clients."""
    random = np.random.default_rng(seed)
    lifetime = random.geometric(random.beta(alpha, beta, n))
    seen = random.integers(1, rounds + 1, n)
    return renewals(np.minimum(lifetime, seen), lifetime <= seen)


def joint_wald(estimate: Floats, truth: Floats, covariance: Floats) -> float:
    """Squared distance of the logarithms in standard errors, chi-square with k degrees if the fit is right."""
    away = np.log(estimate) - np.log(truth)
    return float(away @ np.linalg.solve(covariance, away))
