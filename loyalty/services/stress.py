"""What if these clients left or paid late: the pure rules over the firm's own rows."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.models import ClientFigure
from crm.periods import trailing_months
from loyalty.models import FirmFigure
from loyalty.rules.losses import DEFAULT_LOSS, LossDistribution, loss_distribution
from loyalty.rules.stress import UNKNOWN_FIRM, Exposure, FirmFigures, Outcome, stress
from loyalty.services.concentration import client_costs, client_revenue

SEED = 20260101
"""Draws are repeatable: the same portfolio gives the same figures."""


@dataclass(frozen=True, slots=True)
class StressTest:
    """The named blow, and what chance alone may bring within a year (None without revenue)."""

    outcome: Outcome
    chance: LossDistribution | None


def run_stress_test(*, lost: Set[int], late: Set[int], days: int, on: date) -> StressTest:
    """Raises ValidationError `unknown_client` for a client without revenue in the last 12 months."""
    listed = exposures(on=on)
    if unknown := (lost | late) - {exposure.client for exposure in listed}:
        raise ValidationError(
            _("No revenue in the last 12 months: %(clients)s") % {"clients": ", ".join(map(str, sorted(unknown)))},
            code="unknown_client",
        )
    outcome = stress(listed, lost=lost, late=late, days=days, firm=_firm(on))
    return StressTest(outcome, _chance(listed))


def exposures(*, on: date) -> list[Exposure[int]]:
    """Revenue and margin of the last 12 months by client, largest first."""
    window = trailing_months(on, 12)
    costs = client_costs(window)
    rows = [
        Exposure(client, revenue, revenue - costs.get(client, Decimal(0)))
        for client, revenue in client_revenue(window).items()
        if revenue > 0
    ]
    return sorted(rows, key=lambda row: (-row.revenue, row.client))


def _firm(on: date) -> FirmFigures:
    row = FirmFigure.objects.as_of(on)
    if row is None:
        return UNKNOWN_FIRM
    return FirmFigures(row.cash, row.fixed_cost_monthly, row.avoidable_percent / 100)


def _chance(listed: list[Exposure[int]]) -> LossDistribution | None:
    total = sum((row.revenue for row in listed), Decimal(0))
    if not total:
        return None
    bands = dict(ClientFigure.objects.exclude(health_band="").values_list("client", "health_band"))
    return loss_distribution(
        [float(row.revenue / total) for row in listed],
        [DEFAULT_LOSS[bands.get(row.client, "amber")] for row in listed],
        seed=SEED,
    )
