"""Draws of what each client is worth in the months to come: by retainers, by orders at any time, and by years."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from loyalty.models import FittedModel, LoyaltyPolicy
from loyalty.rules.models.fitting import Fit, Floats
from loyalty.rules.models.histories import Histories
from loyalty.rules.models.residual import Retainers
from loyalty.rules.models.simulation import draw_adhoc, draw_parameters, draw_stays, draw_values, fees_until
from loyalty.rules.models.yearly import Rhythm, draw_rates, draw_yearly
from loyalty.rules.models.yearly import histories as rhythms_as_years
from loyalty.services.fits import as_fit, newest_fit
from loyalty.services.orders import AdHoc, Orders, Running, histories_of, read_running, split_yearly

Role = FittedModel.Role
DRAWS, BLOCK, SEED = 2000, 200, 20260101
NEVER = np.full(DRAWS, np.inf)

type Worth = tuple[str, tuple[int, ...], Floats]


def drawn_worth(orders: Orders, *, on: date, policy: LoyaltyPolicy) -> Iterator[Worth]:
    """Model and discounted revenue of blocks of clients, shape (clients, draws) each, by the kept fits.

    Whoever leaves the last of its retainers is lost, and orders nothing besides from then on (notes 1.6).
    """
    desk = _Desk(on, policy.residual_horizon_months, float(policy.discount_rate_percent) / 100)
    yield from desk.retainers()
    if desk.fit(Role.SPEND):
        rest, yearly = split_yearly(orders, on=on) if desk.fit(Role.YEARLY) else (orders, {})
        yield from desk.orders(rest)
        yield from desk.yearly({client: orders[client] for client in yearly}, yearly)


def dice(role: str, block: int = 0) -> np.random.Generator:
    """The same draws every night, and other ones for each role and block: what is summed must not move together."""
    return np.random.default_rng([SEED, Role.values.index(role), block])


@dataclass(slots=True)
class _Desk:
    """What is the same for all clients of one night; `ends` are months until a client's last retainer ends."""

    on: date
    horizon: int
    rate: float
    ends: dict[int, Floats] = field(default_factory=dict)
    kept: dict[str, Fit | None] = field(default_factory=dict)

    def fit(self, role: str) -> Fit | None:
        if role not in self.kept:
            row = newest_fit(role, on=self.on)
            self.kept[role] = as_fit(row) if row else None
        return self.kept[role]

    def until(self, clients: tuple[int, ...]) -> Floats:
        return np.array([self.ends.get(client, NEVER) for client in clients])

    def retainers(self) -> Iterator[Worth]:
        if (fit := self.fit(Role.RETAINERS)) is None:
            return
        parameters = draw_parameters(fit, DRAWS, dice(Role.RETAINERS))
        for clients, data, random in _retainer_blocks(read_running(on=self.on)):
            stays = draw_stays(parameters, data, horizon=self.horizon, random=random)
            for client, months in zip(clients, stays, strict=True):
                self.ends[client] = np.maximum(self.ends.get(client, 0), months)
            yield fit.model, clients, fees_until(stays, data, horizon=self.horizon, annual_rate=self.rate)

    def orders(self, orders: Orders) -> Iterator[Worth]:
        fit, spend = self.fit(Role.ADHOC), self.fit(Role.SPEND)
        if fit is None or spend is None:
            return
        random = dice(Role.ADHOC)
        parameters, scales = draw_parameters(fit, DRAWS, random), draw_parameters(spend, DRAWS, random)
        for clients, seen, means, own in _order_blocks(histories_of(orders, as_of=self.on), Role.ADHOC):
            worth = draw_adhoc(
                parameters,
                seen,
                scales,
                means,
                horizon=self.horizon,
                annual_rate=self.rate,
                random=own,
                until=self.until(clients),
            )
            yield fit.model, clients, worth

    def yearly(self, orders: Orders, rhythms: Mapping[int, Rhythm]) -> Iterator[Worth]:
        fit, spend = self.fit(Role.YEARLY), self.fit(Role.SPEND)
        if fit is None or spend is None or not orders:
            return
        rates = draw_rates(fit, DRAWS, dice(Role.YEARLY))
        scales = draw_parameters(spend, DRAWS, dice(Role.SPEND))
        for clients, seen, means, own in _order_blocks(histories_of(orders, as_of=self.on), Role.YEARLY):
            held = [rhythms[client] for client in clients]
            worth = draw_yearly(
                rates,
                rhythms_as_years(held),
                [rhythm.to_next for rhythm in held],
                draw_values(scales, seen.x, means, own),
                horizon=self.horizon,
                annual_rate=self.rate,
                random=own,
                until=self.until(clients),
            )
            yield fit.model, clients, worth


def _retainer_blocks(running: Running) -> Iterator[tuple[tuple[int, ...], Retainers, np.random.Generator]]:
    """Blocks that fit into memory, each with dice of its own."""
    data = running.data
    for at in range(0, len(running.clients), BLOCK):
        part = slice(at, at + BLOCK)
        columns = (data.fee, data.renewals_done, data.to_decision, data.term, data.ends)
        yield running.clients[part], Retainers(*(column[part] for column in columns)), dice(Role.RETAINERS, at + 1)


def _order_blocks(adhoc: AdHoc, role: str) -> Iterator[tuple[tuple[int, ...], Histories, Floats, np.random.Generator]]:
    data = adhoc.data
    for at in range(0, len(adhoc.clients), BLOCK):
        part = slice(at, at + BLOCK)
        block = Histories(data.x[part], data.last[part], data.age[part], data.weight[part])
        yield adhoc.clients[part], block, adhoc.mean_value[part], dice(role, at + 1)
