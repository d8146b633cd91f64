"""Whether the score foretold the firm's own losses: snapshots half a year apart, so that no loss counts twice."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from clients.models import StatusChange
from clients.services.status import losses_by
from crm.periods import add_months, month_start
from loyalty.models import BacktestSnapshot, FittedModel, HealthSnapshot
from loyalty.models.health import FEATURES
from loyalty.rules.backtest import (
    Bin,
    Calibrated,
    Discrimination,
    brier,
    calibrate,
    calibration,
    discrimination,
    label,
    lift,
    log_likelihood,
)

HORIZON_MONTHS = 6
HALF_YEARS = 8


@dataclass(frozen=True, slots=True)
class Case:
    """One client on one day: score, band, points by feature, and whether it was lost within six months."""

    client: int
    as_of_on: date
    score: int
    band: str
    points: tuple[int, ...]
    lost: bool


@dataclass(frozen=True, slots=True)
class BandRate:
    """Cases of one band and how many of them were lost within the horizon."""

    band: str
    n: int
    lost: int

    @property
    def rate(self) -> float | None:
        return self.lost / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the past says of the score. Figures that the cases do not allow are None."""

    cases: int
    losses: int
    days: tuple[date, ...]
    label: str
    score: Discrimination | None
    lift: float | None
    by_feature: tuple[tuple[str, Discrimination | None], ...]
    bands: tuple[BandRate, ...]
    calibrated: Calibrated | None
    brier: float | None
    bins: tuple[Bin, ...]


def backtest_health(*, on: date) -> Backtest:
    """Half-yearly scores whose six months are over by the day, against who was lost within them."""
    cases = panel(on=on)
    y, scores = [int(case.lost) for case in cases], [case.score for case in cases]
    risk = [-score for score in scores]
    fitted = calibrate(y, scores)
    stated = fitted.probability(scores) if fitted else None
    return Backtest(
        cases=len(cases),
        losses=sum(y),
        days=tuple(sorted({case.as_of_on for case in cases})),
        label=label(sum(y)),
        score=discrimination(y, risk),
        lift=lift(y, risk) if cases else None,
        by_feature=tuple(
            (code, discrimination(y, [-case.points[place] for case in cases])) for place, code in enumerate(FEATURES)
        ),
        bands=tuple(_rate(cases, band) for band in ("green", "amber", "red")),
        calibrated=fitted,
        brier=None if stated is None else brier(y, stated),
        bins=() if stated is None else calibration(y, stated),
    )


def keep_backtest(*, on: date) -> None:
    """The day's result, written again when run twice: pages only read it."""
    figures = json.loads(json.dumps(asdict(backtest_health(on=on)), cls=DjangoJSONEncoder))
    BacktestSnapshot.objects.update_or_create(as_of_on=on, defaults={"figures": figures})


def kept_backtest() -> tuple[Backtest, date] | None:
    """The newest result and its day; None before the first night."""
    row = BacktestSnapshot.objects.order_by("-as_of_on").first()
    return None if row is None else (_backtest(row.figures), row.as_of_on)


def keep_calibration(*, on: date) -> None:
    """Fits probabilities of loss and keeps them, once a month: no page fits anything. Without a fit nothing is kept."""
    kept = FittedModel.objects.filter(role=FittedModel.Role.HEALTH, as_of_on__gte=month_start(on), as_of_on__lte=on)
    if kept.exists():
        return
    cases = panel(on=on)
    fitted = calibrate([int(case.lost) for case in cases], [case.score for case in cases])
    if fitted is None:
        return
    FittedModel.objects.create(
        role=FittedModel.Role.HEALTH,
        as_of_on=on,
        model="platt",
        method="mle",
        names=["intercept", "per_ten_points"],
        values=[fitted.intercept, fitted.per_ten_points],
        errors=None if fitted.errors is None else list(fitted.errors),
        log_likelihood=log_likelihood([int(case.lost) for case in cases], fitted, [case.score for case in cases]),
        n=fitted.n,
        holdout={"losses": fitted.losses},
        window_from_on=cases[0].as_of_on,
        plot=[[each.stated, each.observed, each.stated] for each in _bins(cases, fitted)],
    )


def _bins(cases: Sequence[Case], fitted: Calibrated) -> tuple[Bin, ...]:
    stated = fitted.probability([case.score for case in cases])
    return calibration([int(case.lost) for case in cases], stated)


def kept_calibration() -> Calibrated | None:
    """The newest kept probabilities of loss within six months, or None before any could be fitted."""
    row = FittedModel.objects.filter(role=FittedModel.Role.HEALTH).order_by("-as_of_on").first()
    if row is None:
        return None
    errors = (row.errors[0], row.errors[1]) if row.errors else None
    return Calibrated(row.values[0], row.values[1], errors, int(row.holdout["losses"]), row.n)


def panel(*, on: date) -> list[Case]:
    """The cases of up to four years, by day and client."""
    days = _days(on)
    rows = HealthSnapshot.objects.filter(as_of_on__in=days).order_by("as_of_on", "client_id")
    losses = _losses(on)
    return [
        Case(
            row.client_id,
            row.as_of_on,
            row.score,
            row.band,
            tuple(factor["points"] for factor in row.factors),
            _is_lost(losses.get(row.client_id, ()), row.as_of_on),
        )
        for row in rows
    ]


def _days(on: date) -> list[date]:
    """The newest day with scores whose horizon is over, and such days half a year apart before it."""
    days: list[date] = []
    limit = add_months(on, -HORIZON_MONTHS)
    while len(days) < HALF_YEARS:
        day = (
            HealthSnapshot.objects.filter(as_of_on__lte=limit).order_by("-as_of_on").values_list("as_of_on", flat=True)
        )
        newest = day.first()
        if newest is None:
            break
        days.append(newest)
        limit = add_months(newest, -HORIZON_MONTHS)
    return days


def _losses(on: date) -> dict[int, list[date]]:
    """Every loss that a person confirmed, and of the others the day from which silence speaks."""
    found: dict[int, list[date]] = {}
    rows = StatusChange.objects.losses().values_list("client_id", "confirmed_on")
    for client, day in rows:
        found.setdefault(client, []).append(day)
    for client, since in losses_by(on=on).items():
        if not since.is_confirmed:
            found.setdefault(client, []).append(since.on)
    return found


def _is_lost(days: Sequence[date], as_of_on: date) -> bool:
    return any(as_of_on < day <= add_months(as_of_on, HORIZON_MONTHS) for day in days)


def _rate(cases: Sequence[Case], band: str) -> BandRate:
    inside = [case for case in cases if case.band == band]
    return BandRate(band, len(inside), sum(case.lost for case in inside))


def _backtest(kept: dict[str, Any]) -> Backtest:
    """The kept figures as they were; the calibration is kept apart."""
    rows = {
        "days": tuple(date.fromisoformat(day) for day in kept["days"]),
        "score": _discrimination(kept["score"]),
        "by_feature": tuple((code, _discrimination(found)) for code, found in kept["by_feature"]),
        "bands": tuple(BandRate(**row) for row in kept["bands"]),
        "bins": tuple(Bin(**row) for row in kept["bins"]),
        "calibrated": None,
    }
    return Backtest(**(kept | rows))


def _discrimination(kept: list[float] | None) -> Discrimination | None:
    return Discrimination(*kept) if kept else None
