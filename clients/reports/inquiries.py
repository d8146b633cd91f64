"""What inquiries come to: minutes of free advice by client and consultant, and what was sold by service line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, Sum

from clients.models import Client, Inquiry, ServiceLine
from clients.models.client import holder_of
from crm.models import User

YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Advice:
    """Free advice that one of us gave to one client."""

    client: Client
    owner: User
    inquiries: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Sale:
    service_line: ServiceLine
    currency: str
    inquiries: int
    sold: Decimal


@dataclass(frozen=True, slots=True)
class Results:
    """Inquiries that ended within a year, as far as the person sees them."""

    advice: Sequence[Advice]
    sales: Sequence[Sale]

    @property
    def minutes(self) -> int:
        return sum(row.minutes for row in self.advice)


def results(user: User, *, at: datetime) -> Results:
    """Five statements, however many there are; amounts of different currencies are never added."""
    ended = Inquiry.objects.visible_to(user).filter(ended_at__range=(at - YEAR, at)).order_by()
    free = list(ended.filter(minutes__gt=0).values_list(holder_of(), "owner").annotate(Count("pk"), Sum("minutes")))
    sold = list(ended.filter(sold__gt=0).values_list("service_line", "currency").annotate(Count("pk"), Sum("sold")))
    clients = Client.objects.in_bulk({client for client, *_rest in free})
    people = User.objects.in_bulk({owner for _client, owner, *_rest in free})
    lines = ServiceLine.objects.in_bulk({line for line, *_rest in sold})
    return Results(
        sorted((Advice(clients[pk], people[who], n, took) for pk, who, n, took in free), key=lambda row: -row.minutes),
        sorted((Sale(lines[pk], *rest) for pk, *rest in sold), key=lambda row: (row.currency, -row.sold)),
    )
