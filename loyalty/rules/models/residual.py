"""What a client is still worth: expected margin of the coming months, discounted (notes, section 1.7).

Value = margin rate x sum over months of (fee x survival + new orders x value of an order) x (1 + d)^(-m / 12),
payments at month ends. Arrays hold one row per client; results are estimates, floats until they are rounded.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike

from crm.money import quantise
from loyalty.rules.models import beta_geometric, sbg
from loyalty.rules.models.fitting import Floats
from loyalty.rules.models.histories import Histories

DEFAULT_HORIZON = 36
"""Months ahead that a residual value looks [a setting]."""


@dataclass(frozen=True, slots=True)
class Retainers:
    """Running retainers as arrays of shape (n,).

    `fee` a month; `renewals_done` so far; `to_decision` whole months until the next renewal decision (0: now);
    `term` months from one decision to the next; `ends` is 1 where the next decision is made already: it ends there.
    """

    fee: Floats
    renewals_done: Floats
    to_decision: Floats
    term: Floats
    ends: Floats


def retainers(
    fee: ArrayLike, renewals_done: ArrayLike, to_decision: ArrayLike, *, term: ArrayLike = 12, ends: ArrayLike = 0
) -> Retainers:
    """Checked arrays of one length; ValueError for negative numbers or a term below a month."""
    columns = np.broadcast_arrays(
        *(np.asarray(values, dtype=np.float64) for values in (fee, renewals_done, to_decision, term, ends))
    )
    if columns[0].ndim != 1 or min(float(c.min(initial=0)) for c in columns) < 0 or (columns[3] < 1).any():
        raise ValueError("retainers are lists of one length without negative numbers, terms of a month or more")
    return Retainers(*columns)


def discounts(horizon: int, annual_rate: float) -> Floats:
    """Factors of month ends 1..horizon at an effective yearly rate, shape (horizon,)."""
    if horizon < 1 or annual_rate <= -1:
        raise ValueError("a horizon is a month or more and a rate above -100 %")
    factors: Floats = (1 + annual_rate) ** (-np.arange(1, horizon + 1) / 12)
    return factors


def surviving(parameters: sbg.Parameters, running: Retainers, *, horizon: int) -> Floats:
    """Chance that the fee of each coming month is paid, shape (n, horizon).

    It steps only at decisions: the month after one carries the renewal rate of the round reached, or nothing where
    the end is known.
    """
    months = np.arange(1, horizon + 1)
    rounds = np.ceil((months - running.to_decision[:, None]) / running.term[:, None]).clip(min=0)
    done = running.renewals_done[:, None]
    chances: Floats = sbg.survival(parameters, done + rounds) / sbg.survival(parameters, done)
    return np.where((rounds > 0) & (running.ends[:, None] > 0), 0.0, chances)


def retainer_revenue(parameters: sbg.Parameters, running: Retainers, *, horizon: int) -> Floats:
    """Expected fees month by month, undiscounted, shape (n, horizon)."""
    return running.fee[:, None] * surviving(parameters, running, horizon=horizon)


def adhoc_revenue(
    parameters: beta_geometric.Parameters,
    data: Histories,
    order_value: ArrayLike,
    *,
    horizon: int,
    modified: bool = True,
) -> Floats:
    """Expected ad-hoc revenue month by month, undiscounted, shape (n, horizon); histories in months.

    `order_value` is the expected value of an order of each client, shape (n,).
    """
    months = np.arange(0, horizon + 1, dtype=np.float64)
    orders = beta_geometric.expected_orders(parameters, data, months, modified=modified)
    result: Floats = np.diff(orders, axis=1) * np.asarray(order_value, dtype=np.float64)[:, None]
    return result


def residual_value(revenue: Floats, margin: ArrayLike, *, annual_rate: float) -> Floats:
    """Discounted margin of expected revenue (n, horizon) at each client's margin rate (n,), shape (n,)."""
    present = revenue @ discounts(revenue.shape[1], annual_rate)
    result: Floats = np.asarray(margin, dtype=np.float64) * present
    return result


def as_money(estimate: float, currency: str = "EUR") -> Decimal:
    """An estimate rounded to money; ValueError if it is not finite."""
    return quantise(Decimal(repr(float(estimate))), currency)
