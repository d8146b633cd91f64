"""What lies in one person's hands: how healthy their clients are, what they bring, how promises are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from clients.models import Client, ClientFigure, Promise
from clients.rules.promises import Rates
from clients.services.promise_rates import rates_of
from crm.access import may
from crm.models import User

WINDOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Amounts are None for people who see values as bands."""

    n: int
    good: int
    watch: int
    risk: int
    revenue: Decimal | None
    value: Decimal | None
    promises: Rates

    @property
    def bands(self) -> list[tuple[int, str, str, str]]:
        """Clients by health: how many, the filter's value, the tone, the word."""
        return [
            (self.good, "green", "ok", _("healthy")),
            (self.watch, "amber", "warn", _("watch")),
            (self.risk, "red", "bad", _("at risk")),
        ]

    @property
    def honoured(self) -> int:
        return self.promises.kept + self.promises.renegotiated_kept


def portfolio(user: User, *, at: datetime) -> Portfolio:
    """Sums over the clients that the person keeps, and the promises that they made in 90 days."""
    mine = Client.objects.owned_by(user).in_care().with_shown_figures(user)
    band = ClientFigure.Band
    sums = mine.aggregate(
        n=Count("pk"),
        good=Count("pk", filter=Q(shown_health_band=band.GREEN)),
        watch=Count("pk", filter=Q(shown_health_band=band.AMBER)),
        risk=Count("pk", filter=Q(shown_health_band=band.RED)),
        revenue=Sum("shown_revenue_12m"),
        value=Sum("shown_badge_value"),
    )
    if not may(user, "value.amounts"):
        sums |= {"revenue": None, "value": None}
    made = Promise.objects.filter(made_by=user, due_at__range=(at - WINDOW, at))
    return Portfolio(**sums, promises=rates_of(made, at=at))
