"""What if these clients left or paid late: the pure rules over the firm's own rows."""

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import Client, ClientFigure
from crm.periods import trailing_months
from loyalty.models import FirmFigure
from loyalty.rules.granularity import Granularity, granularity
from loyalty.rules.losses import DEFAULT_LOSS, LossDistribution, loss_distribution
from loyalty.rules.stress import UNKNOWN_FIRM, Exposure, FirmFigures, Outcome, stress
from loyalty.services.backtests import kept_calibration
from loyalty.services.concentration import client_costs, client_revenue
from loyalty.services.holders import By, Holder, holders

SEED = 20260101
"""Draws are repeatable: the same portfolio gives the same figures."""
ZERO = Decimal(0)

type Exposures = list[Exposure[int]]


@dataclass(frozen=True, slots=True)
class StressTest:
    """The named blow, the firm's figures behind it (None while nobody has entered any)."""

    outcome: Outcome
    firm: FirmFigure | None


def run_stress_test(
    listed: Exposures, *, lost: Set[int] = frozenset(), late: Set[int] = frozenset(), days: int = 0, on: date
) -> StressTest:
    """Raises ValidationError by field (`does_not_exist`) for an id that is no client of ours.

    A client without business in the window takes nothing along.
    """
    idle = (lost | late) - {exposure.client for exposure in listed}
    _require_clients({"lost": lost & idle, "late": late & idle})
    complete = [*listed, *(Exposure(client, ZERO, ZERO) for client in sorted(idle))]
    firm = FirmFigure.objects.as_of(on)
    return StressTest(stress(complete, lost=lost, late=late, days=days, firm=_figures(firm)), firm)


def exposures(*, on: date) -> Exposures:
    """Revenue and margin of the last 12 months of every client with either, largest first."""
    window = trailing_months(on, 12)
    return exposures_of(client_revenue(window), client_costs(window))


def exposures_of(revenue: Mapping[int, Decimal], costs: Mapping[int, Decimal | None]) -> Exposures:
    """A cost that is not known takes nothing off the margin, and the row says so."""
    rows = [
        _exposure(client, revenue.get(client, ZERO), costs.get(client, ZERO))
        for client in revenue.keys() | costs.keys()
    ]
    return sorted(rows, key=lambda row: (-row.revenue, row.client))


def _exposure(client: int, revenue: Decimal, cost: Decimal | None) -> Exposure[int]:
    return Exposure(client, revenue, revenue - (cost or ZERO), cost_known=cost is not None)


@dataclass(frozen=True, slots=True)
class Chances:
    """Yearly probability of losing each client; whoever has no score counts as `unscored`.

    Whoever is `gone` already cannot be lost again; companies of one group leave together.
    """

    by_client: Mapping[int, float]
    unscored: float
    source: Literal["calibrated", "default"]
    gone: frozenset[int] = frozenset()
    group_of: Mapping[int, Holder] = field(default_factory=dict)

    def of(self, client: int) -> float:
        return self.by_client.get(client, self.unscored)


def yearly_chances() -> Chances:
    """By the newest kept calibration once it has seen enough losses to be a probability, else the default table."""
    figures = ClientFigure.objects.exclude(health_band="")
    fitted = kept_calibration()
    if fitted is None or fitted.label != "probability":
        bands = dict(figures.values_list("client", "health_band"))
        known = {client: DEFAULT_LOSS[band] for client, band in bands.items()}
        return Chances(known, DEFAULT_LOSS["amber"], "default", *_ties())
    scores = dict(figures.values_list("client", "health_score"))
    half = fitted.probability([float(score or 0) for score in scores.values()])
    yearly = [1 - (1 - float(p)) ** 2 for p in half]
    average = fitted.losses / fitted.n
    return Chances(dict(zip(scores, yearly, strict=True)), 1 - (1 - average) ** 2, "calibrated", *_ties())


def chance_of_loss(listed: Exposures, chances: Chances) -> LossDistribution | None:
    """What chance alone may take within a year, group by group; None without revenue."""
    risks = _risks(listed, chances)
    return loss_distribution(*risks, seed=SEED) if risks else None


def few_large(listed: Exposures, chances: Chances) -> Granularity | None:
    """How much of a bad year, one in twenty, is owed to a few large clients; None without revenue."""
    risks = _risks(listed, chances)
    return granularity(*risks) if risks else None


def _risks(listed: Exposures, chances: Chances) -> tuple[list[float], list[float]] | None:
    """Shares and chances of groups: that of its companies, weighted by revenue, so that the expected loss stays."""
    earning = [row for row in listed if row.revenue > 0 and row.client not in chances.gone]
    total = float(sum((row.revenue for row in earning), ZERO))
    if not total:
        return None
    revenue: dict[Holder, float] = defaultdict(float)
    at_risk: dict[Holder, float] = defaultdict(float)
    for row in earning:
        group = chances.group_of.get(row.client, row.client)
        revenue[group] += float(row.revenue)
        at_risk[group] += float(row.revenue) * chances.of(row.client)
    return [amount / total for amount in revenue.values()], [at_risk[group] / revenue[group] for group in revenue]


def _ties() -> tuple[frozenset[int], Mapping[int, Holder]]:
    """Who is lost already, and with whom each client would leave."""
    gone = Client.objects.filter(status=Client.Status.LOST).values_list("pk", flat=True)
    return frozenset(gone), holders(By.GROUP)


def _require_clients(asked: Mapping[str, Set[int]]) -> None:
    known = set(Client.objects.filter(pk__in=set().union(*asked.values())).values_list("pk", flat=True))
    wrong = {
        field: ValidationError(
            _("There is no client %(clients)s.") % {"clients": ", ".join(map(str, sorted(ids - known)))},
            code="does_not_exist",
        )
        for field, ids in asked.items()
        if ids - known
    }
    if wrong:
        raise ValidationError(wrong)


def _figures(row: FirmFigure | None) -> FirmFigures:
    if row is None:
        return UNKNOWN_FIRM
    return FirmFigures(row.cash, row.fixed_cost_monthly, row.avoidable_percent / 100)
