"""What a client asks beside the contract in twelve months, and how that stands against the tier."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from clients.models import CarePolicy, Client, ScopeRequest
from clients.models.client import holder_of
from clients.models.scope import ScopeQuery
from clients.rules.boundaries import middle_of
from clients.services.boundaries import unpaid_lately
from crm.models import User
from crm.periods import trailing_months

LATEST = 4


@dataclass(frozen=True, slots=True)
class Boundary:
    """Requests beyond the contract and minutes done unpaid, of twelve months; the tier's medians, None from too few."""

    latest: Sequence[ScopeRequest]
    requests: int
    free_minutes: int
    usual_requests: Fraction | None
    usual_minutes: Fraction | None
    unpaid: int
    policy: CarePolicy

    @property
    def is_crossed(self) -> bool:
        return self.unpaid >= self.policy.boundary_requests


def boundary_of(client: Client, user: User, *, on: date) -> Boundary:
    """For the card: the rows as the person sees them, the figures of the whole firm."""
    rows = ScopeRequest.objects.visible_to(user).with_may_change(ScopeRequest.objects.changeable_by(user))
    year = trailing_months(on, 12)
    peers = Client.objects.in_care().filter(tier=client.tier)
    asked = ScopeRequest.objects.beyond().filter(asked_on__gte=year.start, asked_on__lt=year.end)
    figures = {pk: (n, free) for pk, n, free in _figures(asked)}
    ids = set(peers.values_list("pk", flat=True))
    among = [figures[pk] for pk in figures if pk in ids]
    requests, free = figures.get(client.holder_id, (0, 0))
    return Boundary(
        latest=list(rows.filter(client__in=client.family).select_related("answered_by")[:LATEST]),
        requests=requests,
        free_minutes=free,
        usual_requests=middle_of([n for n, _minutes in among], members=len(ids)),
        usual_minutes=middle_of([minutes for _n, minutes in among], members=len(ids)),
        unpaid=unpaid_lately(client, on=on),
        policy=CarePolicy.read(),
    )


def _figures(asked: ScopeQuery) -> list[tuple[int, int, int]]:
    """By client: requests, and estimated minutes of those that were done unpaid."""
    free = Coalesce(Sum("estimated_minutes", filter=Q(answer__in=ScopeRequest.UNPAID)), 0)
    return list(asked.order_by().values_list(holder_of()).annotate(n=Count("pk"), free=free))
