"""Maximum likelihood on the logarithms of positive parameters, and the record that a fit leaves behind.

A fit that ran away is said to be unidentified instead of being reported as a finding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

type Floats = NDArray[np.float64]
type Method = Literal["mle", "map", "pooled"]

_LIMIT = 15.0  # e^15: a parameter out there is on its way to infinity
_LONGEST_STEP = 2.0
_ABYSS = 1e12  # how deep a point lies where a likelihood cannot be reckoned
_STEPS = 80


class Curve(NamedTuple):
    """Value, gradient (k,) and Hessian (k, k) of a log-likelihood at one point."""

    value: float
    gradient: Floats
    hessian: Floats


class Optimum(NamedTuple):
    """Where a search ended. `converged` is False if it ran away or ran out of steps."""

    point: Floats
    value: float
    hessian: Floats
    converged: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model as it is stored: plain numbers only.

    `log_likelihood` is without the prior. `covariance` is that of the parameters' logarithms, None where the
    curvature gives none; `posterior` is the Beta of a pooled rate and stands in its place. `n` counts clients.
    `warnings` are codes: `homogeneous` (a heterogeneity parameter ran away: clients look alike or the data cannot
    tell), `not_converged`, `no_curvature`.
    """

    model: str
    method: Method
    names: tuple[str, ...]
    values: tuple[float, ...]
    log_likelihood: float
    n: int
    covariance: tuple[tuple[float, ...], ...] | None = None
    warnings: tuple[str, ...] = ()
    posterior: tuple[float, float] | None = None

    @property
    def parameters(self) -> dict[str, float]:
        return dict(zip(self.names, self.values, strict=True))

    @property
    def log_errors(self) -> tuple[float, ...] | None:
        """Standard errors of the logarithms of the parameters."""
        if self.covariance is None:
            return None
        return tuple(float(np.sqrt(row[i])) for i, row in enumerate(self.covariance))

    @property
    def errors(self) -> tuple[float, ...] | None:
        """Standard errors of the parameters themselves, by the delta method."""
        logs = self.log_errors
        return logs and tuple(value * error for value, error in zip(self.values, logs, strict=True))

    @property
    def usable(self) -> bool:
        """Whether the search settled on parameters that mean something."""
        return not self.warnings


def climb_by_newton(curve: Callable[[Floats], Curve], starts: Sequence[Floats]) -> Optimum:
    """The best maximum found from the starts by Newton's method with exact derivatives.

    Directions of wrong curvature are turned upwards, steps are at most 2 long (a factor of e^2) and halved
    until the value rises.
    """
    return max((_newton(curve, start) for start in starts), key=lambda found: found.value)


def climb(value: Callable[[Floats], float], starts: Sequence[Floats]) -> Optimum:
    """The best maximum found from the starts, for a smooth function without coded derivatives.

    Quasi-Newton steps, then Newton steps on finite differences until the point settles.
    """
    rough = max((_quasi_newton(value, start) for start in starts), key=lambda found: found[1])
    return _newton(lambda point: differences(value, point), rough[0], steps=8)


def differences(value: Callable[[Floats], float], point: Floats, *, step: float = 1e-3) -> Curve:
    """Curve by five-point differences of fourth order (second order for the mixed derivatives)."""
    k = point.size
    unit = step * np.eye(k)
    here = value(point)
    near = np.array([[value(point + s * unit[i]) for s in (-2, -1, 1, 2)] for i in range(k)])
    gradient = near @ np.array([1, -8, 8, -1]) / (12 * step)
    hessian = np.diag((near @ np.array([-1, 16, 16, -1]) - 30 * here) / (12 * step**2))
    for i in range(k):
        for j in range(i):
            corners = [value(point + s * unit[i] + t * unit[j]) for s in (-1, 1) for t in (-1, 1)]
            hessian[i, j] = hessian[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    return Curve(here, gradient, hessian)


def covariance_of(hessian: Floats) -> tuple[tuple[float, ...], ...] | None:
    """Inverse of the negative Hessian as plain numbers; None unless the point is a proper maximum."""
    roots, vectors = np.linalg.eigh(-hessian)
    if not np.isfinite(roots).all() or roots.min() <= 1e-8 * max(1.0, roots.max()):
        return None
    return tuple(tuple(map(float, row)) for row in (vectors / roots) @ vectors.T)


def in_logs(parameters: Floats, gradient: Floats, hessian: Floats) -> tuple[Floats, Floats]:
    """Derivatives with respect to the parameters turned into those with respect to their logarithms."""
    slope = parameters * gradient
    return slope, hessian * np.outer(parameters, parameters) + np.diag(slope)


def _newton(curve: Callable[[Floats], Curve], start: Floats, *, steps: int = _STEPS) -> Optimum:
    point, here = np.asarray(start, dtype=np.float64), curve(start)
    for _ in range(steps):
        step = _ascent(here)
        promised = float(here.gradient @ step)
        if promised < 1e-15 * max(1.0, abs(here.value)):
            return Optimum(point, here.value, here.hessian, converged=True)
        moved = _rising(curve, point, step, here)
        if moved is None:
            return Optimum(point, here.value, here.hessian, converged=promised < 1e-6)
        point, here = moved
        if np.abs(point).max() > _LIMIT:
            break
    return Optimum(point, here.value, here.hessian, converged=False)


def _ascent(here: Curve) -> Floats:
    roots, vectors = np.linalg.eigh(-here.hessian)
    size = np.maximum(np.abs(roots), 1e-10 * max(1.0, float(np.abs(roots).max())))
    step: Floats = vectors @ ((vectors.T @ here.gradient) / size)
    length = float(np.linalg.norm(step))
    return step if length <= _LONGEST_STEP else step * (_LONGEST_STEP / length)


def _rising(curve: Callable[[Floats], Curve], point: Floats, step: Floats, here: Curve) -> tuple[Floats, Curve] | None:
    for _ in range(30):
        there = curve(point + step)
        if np.isfinite(there.value) and there.value > here.value:
            return point + step, there
        step = step / 2
    return None


def _quasi_newton(value: Callable[[Floats], float], start: Floats) -> tuple[Floats, float]:
    found = minimize(lambda point: -value(point), start, method="L-BFGS-B", bounds=[(-_LIMIT, _LIMIT)] * len(start))
    return np.asarray(found.x, dtype=np.float64), -float(found.fun)
