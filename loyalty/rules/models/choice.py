"""Which model the data can carry: own fit, fit with priors, or pooled rates, and why.

Below the stated minimum a maximum likelihood fit runs away; a prior keeps it in place and pooled rates are as
good. The reason is told beside every figure.
"""

from typing import Literal, NamedTuple

import numpy as np

from loyalty.rules.models import beta_geometric, bg_bb, sbg
from loyalty.rules.models.bg_bb import Years
from loyalty.rules.models.fitting import Fit, Method
from loyalty.rules.models.histories import Histories
from loyalty.rules.models.sbg import Renewals

type Reason = Literal[
    "enough_data",
    "few_clients",
    "few_losses",
    "one_renewal_round",
    "few_repeaters",
    "short_window",
    "few_years",
    "unidentified",
]

OWN_FIT_CLIENTS = 100
OWN_FIT_EVENTS = 30
OWN_FIT_ROUNDS = 2
OWN_FIT_GAPS = 3
OWN_FIT_YEARS = 4
RETAINERS_FOR_PRIOR = 20
ADHOC_FOR_PRIOR = 30


class Choice(NamedTuple):
    """How to fit, and the first reason against anything better (`enough_data` if there is none)."""

    method: Method
    reason: Reason


def choose_for_retainers(data: Renewals) -> Choice:
    """Own sBG from 100 clients, 30 losses and 2 renewal rounds; with priors from 20 clients; below that pooled."""
    clients, losses = data.weight.sum(), data.weight @ data.left
    if clients < RETAINERS_FOR_PRIOR:
        return Choice("pooled", "few_clients")
    if clients < OWN_FIT_CLIENTS:
        return Choice("map", "few_clients")
    if losses < OWN_FIT_EVENTS:
        return Choice("map", "few_losses")
    if data.decided.max() < OWN_FIT_ROUNDS:
        return Choice("map", "one_renewal_round")
    return Choice("mle", "enough_data")


def choose_for_adhoc(data: Histories) -> Choice:
    """Own MBG/NBD from 100 clients, 30 repeaters and a window of 3 mean gaps; with priors from 30 clients."""
    if data.n < ADHOC_FOR_PRIOR:
        return Choice("pooled", "few_clients")
    if data.n < OWN_FIT_CLIENTS:
        return Choice("map", "few_clients")
    if data.repeaters < OWN_FIT_EVENTS:
        return Choice("map", "few_repeaters")
    gap = float(data.weight @ data.last) / float(data.weight @ data.x)
    if data.age.max() < OWN_FIT_GAPS * gap:
        return Choice("map", "short_window")
    return Choice("mle", "enough_data")


def choose_for_yearly(data: Years) -> Choice:
    """Own BG/BB from 100 clients seen for 4 years; below that one repeat rate for all."""
    if data.weight[data.seen >= OWN_FIT_YEARS].sum() >= OWN_FIT_CLIENTS:
        return Choice("mle", "enough_data")
    few = data.weight.sum() < OWN_FIT_CLIENTS
    return Choice("pooled", "few_clients" if few else "few_years")


def fit_retainers(data: Renewals) -> tuple[Fit, Choice]:
    """The sBG that the data carry; an own fit that runs away is replaced by the one with priors."""
    choice = choose_for_retainers(data)
    if choice.method == "mle":
        fit = sbg.fit(data)
        return (fit, choice) if fit.usable else (sbg.fit_map(data), Choice("map", "unidentified"))
    return (sbg.fit_map(data) if choice.method == "map" else sbg.fit_pooled(data)), choice


def fit_adhoc(data: Histories) -> tuple[Fit, Choice] | None:
    """The MBG/NBD that the data carry; None if nobody ever ordered again, because then there is no rate."""
    if data.repeaters == 0:
        return None
    choice = choose_for_adhoc(data)
    if choice.method == "mle":
        fit = beta_geometric.fit(data)
        return (fit, choice) if fit.usable else (beta_geometric.fit_map(data), Choice("map", "unidentified"))
    return (beta_geometric.fit_map(data) if choice.method == "map" else beta_geometric.fit_rate(data)), choice


def fit_yearly(data: Years) -> tuple[Fit, Choice] | None:
    """The BG/BB that the data carry, or a pooled rate written as one whose clients are alike and stay.

    None without a year seen.
    """
    seen, bought = float(data.weight @ data.seen), float(data.weight @ data.x)
    if not seen:
        return None
    choice = choose_for_yearly(data)
    if choice.method == "mle":
        fit = bg_bb.fit(data) if 0 < bought < seen else None
        if fit and fit.usable:
            return fit, choice
        choice = Choice("pooled", "unidentified")
    return _alike(data, round(seen), round(bought)), choice


def _alike(data: Years, seen: int, bought: int) -> Fit:
    posterior = bg_bb.repeat_rate(years_seen=seen, years_bought=bought)
    rate = posterior.mean
    values = (rate * 1e6, (1 - rate) * 1e6, 1e-6, 1e6)
    value = float(data.weight @ bg_bb.log_likelihood(bg_bb.Parameters(*values), data))
    n, error = round(float(np.sum(data.weight))), (posterior.alpha, posterior.beta)
    return Fit("bg_bb", "pooled", bg_bb.NAMES, values, value, n, posterior=error)
