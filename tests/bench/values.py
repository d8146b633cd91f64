"""What loyalty reckons: fits and value tables against lifetimes, the night's figures against the sums they need."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from loyalty.rules.models import beta_geometric, gamma_gamma
from loyalty.rules.models.fitting import Floats
from loyalty.rules.models.histories import Histories, histories
from loyalty.services.concentration import refresh_concentration
from loyalty.services.dependence import refresh_dependence
from loyalty.services.health import refresh_health
from loyalty.services.nps import refresh_nps
from loyalty.services.residuals import refresh_residuals
from loyalty.services.retention import refresh_retention
from loyalty.services.values import refresh_values
from tests.bench.measure import ROUNDS, Figures
from tests.bench.peer import Peer, peer
from tests.bench.report import Report
from tests.loyalty.models.cdnow import cdnow
from tests.loyalty.models.synthetic import synthetic_orders

MODELS = {"bg": False, "mbg": True}
MANY = 100_000
STEPS, STEP_DAYS, MONTHLY_RATE = 12, 30, 0.01
SPEND = (4.0, 3.5, 250.0)
SUMS = (
    "SELECT client_id, date_trunc('month', issued_on), sum(net_amount) FROM billing_revenueday GROUP BY 1, 2",
    "SELECT client_id, month_on, sum(minutes), sum(cost_amount) FROM billing_workmonth GROUP BY 1, 2",
    "SELECT contact_id, max(answered_at) FROM loyalty_surveyresponse GROUP BY 1",
    "SELECT client_id, sum(gross_amount) FROM billing_invoice WHERE status = 'issued' GROUP BY 1",
)
"""What the figures rest on, as the least that PostgreSQL can be asked."""


def values(report: Report) -> None:
    with TemporaryDirectory() as folder, peer() as found:
        if found is not None:
            shop = cdnow()
            fits(report, found, Path(folder, "few.npz"), shop.data, shop.mean_value, target="8: >= 20 rate")
            data, mean_value = many()
            fits(report, found, Path(folder, "many.npz"), data, mean_value, target="8: >= 40 rate")
            table(report, found, Path(folder, "many.npz"), data, mean_value)
    night(report)


def many() -> tuple[Histories, Floats]:
    """Clients of three years by the day, with the mean value of their repeat orders."""
    monthly, _later = synthetic_orders(0.8, 5.0, 0.7, 3.0, n=MANY, seed=21)
    days = 365.25 / 12
    last = np.where(monthly.x > 0, np.maximum(np.round(monthly.last * days), 1), 0)
    age = np.maximum(np.round(monthly.age * days), last)
    p, q, v = SPEND
    random = np.random.default_rng(21)
    mean = random.gamma(p * np.maximum(monthly.x, 1), 1 / np.maximum(monthly.x, 1)) / random.gamma(q, 1 / v, MANY)
    return histories(monthly.x, last, age), np.where(monthly.x > 0, mean, 0.0)


def fits(report: Report, other: Peer, path: Path, data: Histories, mean_value: Floats, *, target: str) -> None:
    """Both to the same maximum: their log-likelihoods agree to a millionth."""
    np.savez(path, x=data.x, last=data.last, age=data.age, mean_value=mean_value)
    for model, modified in MODELS.items():
        ours, theirs = Figures(), Figures()
        beta_geometric.fit(data, modified=modified)
        for _round in range(ROUNDS):
            found = _timed(ours, data.n, partial(beta_geometric.fit, data, modified=modified))
            answer = other.ask(ask="fit", model=model, data=str(path))
            _keep(theirs, data.n, answer["seconds"], cpu=0.0)
        reached = _likelihood(beta_geometric.Parameters(*answer["parameters"]), data, modified)
        if found.log_likelihood < reached - 1e-6 * abs(reached):
            raise AssertionError(f"{model}: {found.log_likelihood} is less than {reached} by lifetimes")
        report.add(f"{model.upper()}/NBD of {data.n}", ours, theirs, by="rate", target=target, against="lifetimes")


def table(report: Report, other: Peer, path: Path, data: Histories, mean_value: Floats) -> None:
    """What each client brings in twelve steps, by the same parameters: equal to a millionth."""
    for model, modified in MODELS.items():
        chosen = beta_geometric.fit(data, modified=modified).values
        answer = path.with_suffix(f".{model}.npy")
        question = {"model": model, "parameters": chosen, "spend": SPEND, "steps": STEPS, "rate": MONTHLY_RATE}
        ours, theirs = Figures(), Figures()
        for _round in range(ROUNDS):
            found = _timed(ours, data.n, partial(_values, chosen, data, mean_value, modified))
            asked = other.ask(ask="value", data=str(path), answer=str(answer), **question)
            _keep(theirs, data.n, asked["seconds"], cpu=0.0)
        np.testing.assert_allclose(found, np.load(answer), rtol=1e-6)
        name = f"{model.upper()} value table of {data.n}"
        report.add(name, ours, theirs, by="rate", target="9: >= 4 rate", against="lifetimes")


def night(report: Report) -> None:
    """Every figure of every client as of today, against the bare sums."""
    on, at = timezone.localdate(), timezone.now()
    steps: tuple[Callable[[], object], ...] = (
        lambda: refresh_residuals(on=on),
        lambda: refresh_nps(on=on),
        lambda: refresh_concentration(on=on),
        lambda: refresh_dependence(on=on),
        lambda: refresh_health(on=on, at=at),
        lambda: refresh_retention(on=on),
    )
    count = int(refresh_values(on=on))
    ours, theirs = Figures(), Figures()
    for _round in range(ROUNDS):
        _timed(ours, count, lambda: (refresh_values(on=on), *(step() for step in steps)))
        _timed(theirs, count, _sums)
    report.add(f"Night of {count} clients", ours, theirs, by="rate", target="", against="bare sums")


def _sums() -> int:
    with connection.cursor() as cursor:
        rows = 0
        for statement in SUMS:
            cursor.execute(statement)
            rows += len(cursor.fetchall())
    return rows


def _values(parameters: tuple[float, ...], data: Histories, mean_value: Floats, modified: bool) -> Floats:
    horizons = np.arange(STEPS + 1) * float(STEP_DAYS)
    known = beta_geometric.Parameters(*parameters)
    orders = np.diff(beta_geometric.expected_orders(known, data, horizons, modified=modified), axis=1)
    factors = (1 + MONTHLY_RATE) ** -np.arange(1.0, STEPS + 1)
    spend = gamma_gamma.expected_value(gamma_gamma.Parameters(*SPEND), data.x, mean_value)
    found: Floats = orders @ factors * spend
    return found


def _likelihood(parameters: beta_geometric.Parameters, data: Histories, modified: bool) -> float:
    return float(data.weight @ beta_geometric.log_likelihood(parameters, data, modified=modified))


def _timed(kept: Figures, count: int, act: Callable[[], Any]) -> Any:
    start, own = time.perf_counter(), time.process_time()
    result = act()
    _keep(kept, count, time.perf_counter() - start, cpu=time.process_time() - own)
    return result


def _keep(kept: Figures, count: int, seconds: float, *, cpu: float) -> None:
    kept.wall.append(1000 * seconds / count)
    kept.cpu.append(1000 * cpu / count)
    kept.postgres.append(0.0)
    kept.rate.append(count / seconds)
