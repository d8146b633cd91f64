"""What chance may take: the distribution of lost revenue if clients leave with given probabilities.

Shares and probabilities are floats in numpy arrays of shape (n,). Up to twenty clients every combination of
losses is counted; above that, draws with a common shock and a stated seed.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

type Floats = NDArray[np.float64]

EXACT_UP_TO = 20
"""Number of clients whose 2^n combinations are counted one by one."""

COMMON_SHOCK = 0.15
"""Correlation of the one-factor Gaussian copula, a shock to the whole sector [our choice]."""

DEFAULT_LOSS = {"green": 0.113, "amber": 0.161, "red": 0.245}
"""Yearly loss probability by health band while health is not calibrated [our choice].

From the simulated panel behind the default weights: 5.8, 8.4 and 13.1 % in six months, over two half-years.
"""


@dataclass(frozen=True, slots=True)
class LossDistribution:
    """Share of revenue lost within the horizon of the probabilities; all figures are fractions of one.

    VaR is the smallest loss that is not exceeded with that probability, ES the mean of the worst rest
    (Acerbi & Tasche 2002). `at_least` pairs each threshold with the probability of losing that much or more.
    `draws` and `seed` belong to `monte_carlo`; `common_shock` is 0 for independent losses.
    """

    method: Literal["exact", "monte_carlo"]
    common_shock: float
    expected: float
    sd: float
    var95: float
    es95: float
    var99: float
    es99: float
    p_none: float
    at_least: tuple[tuple[float, float], ...]
    draws: int | None = None
    seed: int | None = None


THRESHOLDS = (0.10, 0.20, 0.30, 0.50)
"""Losses whose probability is told."""

_SAME = 1e-12
_CELLS = 2_000_000


def loss_distribution(
    shares: ArrayLike, probabilities: ArrayLike, *, seed: int, draws: int = 20_000, rho: float = COMMON_SHOCK
) -> LossDistribution | None:
    """Losses of clients with these shares and loss probabilities, both of shape (n,).

    Up to twenty clients that can be lost: independent and exact. Above: Monte Carlo with a common shock.
    None if no client has a share. ValueError for shares below 0 or probabilities outside 0..1.
    """
    s, p = checked_risks(shares, probabilities)
    if not s.any():
        return None
    at_risk = (s > 0) & (p > 0)
    if at_risk.sum() <= EXACT_UP_TO:
        return exact_losses(s, p)
    return simulated_losses(s, p, rho=rho, draws=draws, seed=seed)


def exact_losses(shares: ArrayLike, probabilities: ArrayLike, *, rho: float = 0.0) -> LossDistribution:
    """Every combination of losses with its probability; with rho > 0 integrated over the common shock.

    The shock is a standard normal in 64 Gauss-Hermite nodes. ValueError above twenty clients at risk.
    """
    s, p = checked_risks(shares, probabilities)
    kept = (s > 0) & (p > 0)
    s, p = s[kept], p[kept]
    if s.size > EXACT_UP_TO:
        raise ValueError(f"{s.size} clients have too many combinations, at most {EXACT_UP_TO}")
    nodes, weights = np.polynomial.hermite_e.hermegauss(64) if rho else (np.zeros(1), np.ones(1))
    losses, chances = _combinations(s), np.zeros(2**s.size)
    for node, weight in zip(nodes, weights / weights.sum(), strict=True):
        chances += weight * _chances(given_shock(p, rho, float(node)))
    return _summary(losses, chances, common_shock=rho)


def simulated_losses(
    shares: ArrayLike, probabilities: ArrayLike, *, rho: float, draws: int, seed: int
) -> LossDistribution:
    """Monte Carlo of a one-factor Gaussian copula; the same seed gives the same figures.

    Client i is lost if sqrt(rho) Z + sqrt(1 - rho) e_i falls under its quantile, Z shared by all.
    """
    s, p = checked_risks(shares, probabilities)
    if draws < 1:
        raise ValueError("a simulation needs at least one draw")
    random = np.random.default_rng(seed)
    losses = np.empty(draws)
    block = max(1, _CELLS // max(s.size, 1))
    for start in range(0, draws, block):
        shocks = random.standard_normal((min(block, draws - start), 1))
        lost = random.random((shocks.size, s.size)) < given_shock(p, rho, shocks)
        losses[start : start + shocks.size] = lost @ s
    return _summary(losses, np.full(draws, 1 / draws), common_shock=rho, draws=draws, seed=seed)


def checked_risks(shares: ArrayLike, probabilities: ArrayLike) -> tuple[Floats, Floats]:
    """Both as arrays; ValueError for shares below 0 or probabilities outside 0..1."""
    s, p = np.asarray(shares, dtype=np.float64), np.asarray(probabilities, dtype=np.float64)
    if s.ndim != 1 or s.shape != p.shape:
        raise ValueError("shares and probabilities are two lists of one length")
    if not (np.isfinite(s).all() and (s >= 0).all() and ((p >= 0) & (p <= 1)).all()):
        raise ValueError("shares are not negative and probabilities lie between 0 and 1")
    return s, p


def _combinations(shares: Floats) -> Floats:
    losses = np.zeros(1)
    for share in shares:
        losses = np.concatenate((losses, losses + share))
    return losses


def _chances(probabilities: Floats) -> Floats:
    chances = np.ones(1)
    for probability in probabilities:
        chances = np.concatenate((chances * (1 - probability), chances * probability))
    return chances


def given_shock(probabilities: Floats, rho: float, shock: float | Floats) -> Floats:
    """Loss probabilities once the common shock is known; a bad shock is negative."""
    if not 0 <= rho < 1:
        raise ValueError("the common shock's correlation lies in 0..1, 1 excluded")
    if rho == 0:
        return probabilities
    given: Floats = ndtr((ndtri(probabilities) - np.sqrt(rho) * shock) / np.sqrt(1 - rho))
    return given


def _summary(
    losses: Floats,
    chances: Floats,
    *,
    common_shock: float,
    draws: int | None = None,
    seed: int | None = None,
) -> LossDistribution:
    order = np.argsort(losses, kind="stable")
    losses, chances = losses[order], chances[order]
    expected = float(losses @ chances)
    var95, es95 = _tail(losses, chances, 0.95)
    var99, es99 = _tail(losses, chances, 0.99)
    return LossDistribution(
        method="exact" if draws is None else "monte_carlo",
        common_shock=common_shock,
        expected=expected,
        sd=float(np.sqrt(max(0.0, float((losses - expected) ** 2 @ chances)))),
        var95=var95,
        es95=es95,
        var99=var99,
        es99=es99,
        p_none=float(chances[losses <= _SAME].sum()),
        at_least=tuple((x, float(chances[losses >= x - _SAME].sum())) for x in THRESHOLDS),
        draws=draws,
        seed=seed,
    )


def _tail(losses: Floats, chances: Floats, level: float) -> tuple[float, float]:
    """Value at risk and expected shortfall of sorted losses at a level."""
    reached = np.cumsum(chances)
    var = float(losses[min(int(np.searchsorted(reached, level - _SAME)), losses.size - 1)])
    beyond = losses > var + _SAME
    worse = float(chances[beyond].sum())
    shortfall = float(losses[beyond] @ chances[beyond]) + var * max(0.0, 1 - level - worse)
    return var, shortfall / (1 - level)
