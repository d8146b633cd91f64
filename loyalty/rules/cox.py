"""How much each further service of the first year changes the chance to leave: Cox's model from a landmark on.

It tells the size of what the log-rank test for trend only tells apart from chance. Groups are those of the landmark;
with today's services the model would always find an effect (immortal-time bias, see `survival`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from loyalty.rules.models.fitting import Curve, climb_by_newton, covariance_of
from loyalty.rules.nps import normal_quantile
from loyalty.rules.survival import Observation

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class HazardRatio:
    """By what one step of the key multiplies the hazard, with its interval; `error` is that of the coefficient.

    `proven` only if the interval leaves out 1, no effect; else the page says "not proven yet".
    """

    coefficient: float
    error: float
    ratio: float
    low: float
    high: float
    proven: Literal["keeps_longer", "keeps_shorter", "not_proven"]


def hazard_ratio(groups: Mapping[int, Sequence[Observation]], *, level: float = 0.95) -> HazardRatio | None:
    """Cox's partial likelihood with Efron's treatment of ties, the groups' keys as the one covariate.

    None where the losses do not identify it: one group, no loss, or losses that all lie on one end.
    """
    rows = [(key, one.time, one.left) for key, sample in groups.items() for one in sample]
    if len(groups) < 2 or not any(left for _, _, left in rows):
        return None
    keys, times, left = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    sample = _Sample.of(keys - keys.mean(), times, left)
    found = climb_by_newton(lambda beta: sample.curve(float(beta[0])), [np.zeros(1)])
    covariance = covariance_of(found.hessian)
    if not found.converged or covariance is None:
        return None
    slope, error = float(found.point[0]), math.sqrt(covariance[0][0])
    low, high = (slope + side * normal_quantile(level) * error for side in (-1, 1))
    proven: Literal["keeps_longer", "keeps_shorter", "not_proven"] = (
        "keeps_longer" if high < 0 else "keeps_shorter" if low > 0 else "not_proven"
    )
    return HazardRatio(slope, error, math.exp(slope), math.exp(low), math.exp(high), proven)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Clients by falling time; for each loss its key, how far the risk set and the ties reach, and its rank in them.

    Of d losses at one time the l-th counts l / d of the ties as gone (Efron 1977).
    """

    keys: Floats
    left: Floats
    loss_keys: Floats
    at_risk: NDArray[np.intp]
    later: NDArray[np.intp]
    gone: Floats

    @classmethod
    def of(cls, keys: Floats, times: Floats, left: Floats) -> "_Sample":
        order = np.argsort(-times, kind="stable")
        keys, times, left = keys[order], times[order], left[order]
        lost = np.flatnonzero(left)
        moments, place, ties = np.unique(times[lost], return_inverse=True, return_counts=True)
        rank = np.concatenate([np.arange(count) for count in ties])
        ranked = np.empty(lost.size)
        ranked[np.argsort(place, kind="stable")] = rank
        at_risk = np.searchsorted(-times, -moments, side="right")[place]
        later = np.searchsorted(-times, -moments, side="left")[place]
        return cls(keys, left, keys[lost], at_risk, later, ranked / ties[place])

    def curve(self, beta: float) -> Curve:
        """Log partial likelihood at a coefficient with its two derivatives."""
        weight = np.exp(beta * self.keys)
        sums = [self._sums(weight * self.keys**power) for power in range(3)]
        mean, square = sums[1] / sums[0], sums[2] / sums[0]
        value = float(beta * self.loss_keys.sum() - np.log(sums[0]).sum())
        slope = float((self.loss_keys - mean).sum())
        return Curve(value, np.array([slope]), np.array([[-float((square - mean**2).sum())]]))

    def _sums(self, terms: Floats) -> Floats:
        """For each loss the sum over its risk set, less the part of its ties that is gone."""
        everybody = np.concatenate((np.zeros(1), np.cumsum(terms)))
        lost = np.concatenate((np.zeros(1), np.cumsum(terms * self.left)))
        result: Floats = everybody[self.at_risk] - self.gone * (lost[self.at_risk] - lost[self.later])
        return result
