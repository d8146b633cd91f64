"""NPS by client: many friendly users of one account must not hide a client who decides and is unhappy.

Person level, account level and decision-maker-first stand side by side. Scores are grouped by account; an
account without an answer takes no part.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, NamedTuple

from loyalty.rules.nps import Category, sign

type Influence = Literal["decision_maker", "influencer", "user", "gatekeeper"]

RANKS: tuple[tuple[Influence, ...], ...] = (("decision_maker",), ("influencer",), ("user", "gatekeeper"))
"""Who speaks for an account: the first rank of which anybody answered."""

ROLE_WEIGHTS: dict[Influence, float] = {"decision_maker": 2, "influencer": 1.5, "user": 1, "gatekeeper": 1}
"""Weight of an answer within its account in the role-weighted figure [our choice]."""


class Answer(NamedTuple):
    """One person's score and their influence."""

    score: int
    influence: Influence = "user"


@dataclass(frozen=True, slots=True)
class AccountNps:
    """Mean over accounts in points. `standard_error` is None with fewer than two accounts."""

    n: int
    nps: float | None
    standard_error: float | None


class WeightedNps(NamedTuple):
    """Account NPS weighted by money, and the number of equal accounts it is worth (Kish)."""

    nps: float
    effective_n: float


def account_nps[K](answers: Mapping[K, Sequence[Answer]]) -> AccountNps:
    """Each account counts once, with the mean of its people's signs. Nobody answered: n = 0, no figure."""
    return _over_accounts([fmean(sign(a.score) for a in given) for given in answers.values() if given])


def decision_maker_first[K](answers: Mapping[K, Sequence[Answer]]) -> AccountNps:
    """Each account counts once, by its decision makers; if none answered by influencers, then by users."""
    return _over_accounts([_speaking(given) for given in answers.values() if given])


def role_weighted[K](
    answers: Mapping[K, Sequence[Answer]], weights: Mapping[Influence, float] = ROLE_WEIGHTS
) -> AccountNps:
    """Each account counts once, with its people's signs weighted by their influence."""
    return _over_accounts([_weighted(given, weights) for given in answers.values() if given])


def revenue_weighted[K](answers: Mapping[K, Sequence[Answer]], revenue: Mapping[K, float]) -> WeightedNps | None:
    """Accounts weighted by revenue; those without positive revenue take no part, and with none it is None."""
    means = {
        key: (fmean(sign(a.score) for a in given), float(revenue.get(key, 0)))
        for key, given in answers.items()
        if given and revenue.get(key, 0) > 0
    }
    if not means:
        return None
    total = math.fsum(weight for _, weight in means.values())
    squares = math.fsum(weight**2 for _, weight in means.values())
    mean = math.fsum(mean * weight for mean, weight in means.values()) / total
    return WeightedNps(100 * mean, total**2 / squares)


def clustered_error[K](answers: Mapping[K, Sequence[Answer]]) -> float | None:
    """Standard error of the person-level score, in points, if people of one account answer alike.

    Linearised for clusters with K / (K - 1); None with fewer than two accounts.
    """
    groups = [[sign(a.score) for a in given] for given in answers.values() if given]
    k, n = len(groups), sum(map(len, groups))
    if k < 2:
        return None
    mean = sum(map(sum, groups)) / n
    squares = math.fsum((sum(group) - mean * len(group)) ** 2 for group in groups)
    return 100 * math.sqrt(k / (k - 1) * squares) / n


def account_category(scores: Sequence[int]) -> Category | None:
    """An account by its mean score: from 8.5 a promoter, below 6.5 a detractor; None without an answer."""
    if not scores:
        return None
    mean = fmean(scores)
    return "promoter" if mean >= 8.5 else "detractor" if mean < 6.5 else "passive"


def _speaking(given: Sequence[Answer]) -> float:
    for rank in RANKS:
        if heard := [sign(a.score) for a in given if a.influence in rank]:
            return fmean(heard)
    raise ValueError(f"unknown influence among {given}")


def _weighted(given: Sequence[Answer], weights: Mapping[Influence, float]) -> float:
    total = math.fsum(weights[a.influence] for a in given)
    return math.fsum(weights[a.influence] * sign(a.score) for a in given) / total


def _over_accounts(means: Sequence[float]) -> AccountNps:
    k = len(means)
    if not k:
        return AccountNps(0, None, None)
    mean = fmean(means)
    spread = math.fsum((value - mean) ** 2 for value in means)
    return AccountNps(k, 100 * mean, 100 * math.sqrt(spread / (k - 1) / k) if k > 1 else None)
