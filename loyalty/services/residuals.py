"""Residual value: the margin to expect of each client in the coming months, discounted, with how wide it is.

Retainers by sBG, other orders by MBG/NBD with Gamma-Gamma, both summed, and who buys once a year by BG/BB
(loyalty.md 1.3). Models are fitted once a
month or on request; values are reckoned every night with the parameters that were kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.db import transaction
from django.db.models import Q

from clients.models import Client, ClientFigure
from clients.services.facts import write_figures
from crm.money import round_half_up
from crm.periods import add_months, month_start, months_between
from loyalty.models import FittedModel, LoyaltyPolicy, ValueSnapshot
from loyalty.rules.models import beta_geometric, choice, gamma_gamma, goodness, sbg
from loyalty.rules.models.fitting import Fit, Floats
from loyalty.rules.models.residual import as_money
from loyalty.rules.models.simulation import spread_of
from loyalty.services.badges import refresh_badges
from loyalty.services.comparisons import fit_comparisons
from loyalty.services.drawing import drawn_worth
from loyalty.services.fits import keep_fit
from loyalty.services.orders import (
    AdHoc,
    Orders,
    histories_of,
    orders_after,
    read_orders,
    read_renewals,
    renewals_since,
    split_yearly,
)

Role = FittedModel.Role
VALUED = (Role.RETAINERS, Role.ADHOC, Role.SPEND, Role.YEARLY)
HOLDOUT_MONTHS = 12
ALIKE = 1e6


@dataclass(frozen=True, slots=True)
class Residual:
    """The distribution of one client's residual value, in the base currency."""

    model: str
    mean: Decimal
    p10: Decimal
    p50: Decimal
    p90: Decimal
    p_zero: Decimal


@transaction.atomic
def refresh_residuals(*, on: date, refit: bool = False) -> int:
    """Values of all clients that we serve into the day's snapshots and figures; says how many.

    Fits the models first if this month has none yet, or if asked to.
    """
    orders = read_orders(on=on)
    fitted = FittedModel.objects.filter(role__in=VALUED, as_of_on__gte=month_start(on), as_of_on__lte=on)
    if refit or not fitted.exists():
        fit_models(orders, on=on)
    policy = LoyaltyPolicy.load()
    values = value_residuals(orders, on=on, policy=policy)
    _keep(values, on=on, horizon=policy.residual_horizon_months)
    known = ClientFigure.objects.filter(Q(client__in=values) | Q(residual_value__isnull=False))
    figures = {
        pk: {"residual_value": values[pk].mean if pk in values else None}
        for pk in known.values_list("client_id", flat=True)
    }
    write_figures("value", figures, as_of=on)
    refresh_badges(policy, on=on, clients=figures)
    return len(values)


def fit_models(orders: Orders, *, on: date) -> None:
    """Fits what the data carry, and keeps it with the reason; a role without data keeps nothing."""
    rest, _yearly = split_yearly(orders, on=on)
    adhoc, renewals = histories_of(rest, as_of=on), read_renewals(on=on)
    if renewals.decided.size:
        fit, chosen = choice.fit_retainers(renewals.grouped())
        plot = goodness.renewals(sbg.Parameters(*fit.values), renewals)
        keep_fit(Role.RETAINERS, fit, chosen.reason, on=on, since=renewals_since(on=on), plot=plot)
    found = choice.fit_adhoc(adhoc.data.grouped()) if adhoc.clients else None
    if found is not None:
        fit, chosen = found
        plot, held = goodness.repeats(beta_geometric.Parameters(*fit.values), adhoc.data), _holdout(orders, on)
        keep_fit(Role.ADHOC, fit, chosen.reason, on=on, since=adhoc.from_on, holdout=held, plot=plot)
    if (everybody := histories_of(orders, as_of=on)).clients:
        spend = fit_spend(everybody)
        worth = goodness.spend(gamma_gamma.Parameters(*spend.values), everybody.data.x, everybody.mean_value)
        reason = "alike" if spend.method == "pooled" else ""
        keep_fit(Role.SPEND, spend, reason, on=on, since=everybody.from_on, plot=worth)
    fit_comparisons(orders, rest, on=on)


def fit_spend(adhoc: AdHoc) -> Fit:
    """Gamma-Gamma of the repeat orders; where they do not identify it, one distribution for all clients."""
    x, z = adhoc.data.x, adhoc.mean_value
    try:
        fit = gamma_gamma.fit(x, z)
    except ValueError:
        return _pooled_spend(x, z)
    return fit if fit.usable else _pooled_spend(x, z)


def value_residuals(orders: Orders, *, on: date, policy: LoyaltyPolicy) -> dict[int, Residual]:
    """The value of each client that we serve and the kept models know something of. Writes nothing."""
    served = set(Client.objects.in_care().values_list("pk", flat=True))
    margins = _margins(on)
    drawn: dict[int, Floats] = {}
    models: dict[int, set[str]] = {}
    for model, clients, worth in drawn_worth(orders, on=on, policy=policy):
        for client, values in zip(clients, worth, strict=True):
            if client in served and client in margins:
                drawn[client] = drawn.get(client, 0) + values
                models.setdefault(client, set()).add(model)
    return {
        client: _residual(" + ".join(sorted(models[client])), values * margins[client])
        for client, values in drawn.items()
    }


def _residual(model: str, values: Floats) -> Residual:
    spread = spread_of(values[None, :])
    mean, p10, p50, p90 = (as_money(float(each[0])) for each in (spread.mean, spread.p10, spread.p50, spread.p90))
    return Residual(model, mean, p10, p50, p90, round_half_up(Decimal(repr(float(spread.p_zero[0]))), 6))


def _margins(on: date) -> Mapping[int, float]:
    """Margin after cost to serve of each client, as the newest values of the day say; never under zero."""
    rows = ValueSnapshot.objects.filter(as_of_on=on).exclude(margin_share=None)
    return {client: max(float(share or 0), 0.0) for client, share in rows.values_list("client_id", "margin_share")}


def _pooled_spend(repeats: Floats, mean_value: Floats) -> Fit:
    """All clients alike: a gamma with the mean and spread of the means seen (spread of one without two of them)."""
    seen = mean_value[(repeats > 0) & (mean_value > 0)]
    level = float(seen.mean()) if seen.size else 0.0
    shape = 1.0 if seen.size < 2 or not seen.var() else float(np.clip(level**2 / seen.var(), 0.2, 50.0))
    values = (shape, ALIKE, max(level, 1e-9) * (ALIKE - 1) / shape)
    return Fit("gamma_gamma", "pooled", gamma_gamma.NAMES, values, 0.0, int(seen.size), _mean_error(shape, seen.size))


def _mean_error(shape: float, seen: int) -> tuple[tuple[float, ...], ...] | None:
    """The error of a mean of so many order values, on the logarithm of its scale; None where none was seen."""
    if not seen:
        return None
    least = 1e-12
    return ((least, 0.0, 0.0), (0.0, least, 0.0), (0.0, 0.0, 1 / (shape * seen)))


def _holdout(orders: Orders, on: date) -> dict[str, float]:
    """Orders that a fit without the last year expects of it, against those that came; empty without a fit."""
    before = add_months(on, -HOLDOUT_MONTHS)
    known = {pk: [row for row in rows if row[0] <= before] for pk, rows in orders.items()}
    adhoc = histories_of(split_yearly(known, on=before)[0], as_of=before)
    found = choice.fit_adhoc(adhoc.data.grouped()) if adhoc.clients else None
    if found is None:
        return {}
    parameters = beta_geometric.Parameters(*found[0].values)
    months = float(months_between(before, on))
    expected = beta_geometric.expected_orders(parameters, adhoc.data, months).sum()
    actual = orders_after(orders, adhoc.clients, after=before, until=on)
    return {"months": months, "expected": round(float(expected), 2), "actual": actual, "clients": len(adhoc.clients)}


def _keep(values: Mapping[int, Residual], *, on: date, horizon: int) -> None:
    """Into the day's snapshots of value, which stand already."""
    rows = list(ValueSnapshot.objects.filter(as_of_on=on, client__in=list(values)))
    for row in rows:
        found = values[row.client_id]
        row.residual_model, row.residual_mean = found.model, found.mean
        row.residual_p10, row.residual_p50, row.residual_p90 = found.p10, found.p50, found.p90
        row.residual_p_zero, row.residual_horizon_months = found.p_zero, horizon
    ValueSnapshot.objects.bulk_update(rows, RESIDUAL_FIELDS, batch_size=500)


RESIDUAL_FIELDS = [
    "residual_model",
    "residual_mean",
    "residual_p10",
    "residual_p50",
    "residual_p90",
    "residual_p_zero",
    "residual_horizon_months",
]
