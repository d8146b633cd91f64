"""The register of social contacts and hospitality: each with its guests and what they received in that year."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from clients.models import Contact, DistancePolicy, Interaction
from clients.services.distance import gifts_of


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


def with_gifts(touches: Sequence[Interaction]) -> list[Hosted]:
    """Of touches with their contacts loaded; two statements for each year that they name."""
    cap = DistancePolicy.load().gift_cap
    there: dict[int, set[int]] = defaultdict(set)
    for touch in touches:
        there[_year(touch)] |= {contact.pk for contact in touch.contacts.all()}
    received = {year: gifts_of(people, year=year) for year, people in there.items()}
    return [
        Hosted(
            touch,
            [Guest(who, received[_year(touch)].get(who.pk, Decimal(0)), cap) for who in touch.contacts.all()],
        )
        for touch in touches
    ]


def _year(touch: Interaction) -> int:
    return timezone.localdate(touch.occurred_at).year
