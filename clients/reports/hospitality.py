"""The register of social contacts and hospitality: each with its guests and what they received in that year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from clients.models import Client, Contact, DistancePolicy, Interaction
from clients.services.distance import gifts_of
from crm.models import User


@dataclass(frozen=True, slots=True)
class Guest:
    contact: Contact
    received: Decimal
    cap: Decimal

    @property
    def is_over(self) -> bool:
        return self.received > self.cap


@dataclass(frozen=True, slots=True)
class Hosted:
    touch: Interaction
    guests: Sequence[Guest]


def with_gifts(touches: Sequence[Interaction], user: User) -> list[Hosted]:
    """Of touches with their contacts loaded; two statements for each year that they name.

    What guests received is summed for clients whose amounts are open to the person alone.
    """
    named = {touch.client_id for touch in touches}
    told = set(Client.objects.money_open_to(user).filter(pk__in=named).values_list("pk", flat=True))
    cap = DistancePolicy.load().gift_cap
    there: dict[int, set[int]] = defaultdict(set)
    for touch in (touch for touch in touches if touch.client_id in told):
        there[_year(touch)] |= {contact.pk for contact in touch.contacts.all()}
    received = {year: gifts_of(people, year=year) for year, people in there.items()}
    return [
        Hosted(
            touch,
            [Guest(who, received.get(_year(touch), {}).get(who.pk, Decimal(0)), cap) for who in touch.contacts.all()],
        )
        for touch in touches
    ]


def _year(touch: Interaction) -> int:
    return timezone.localdate(touch.occurred_at).year
