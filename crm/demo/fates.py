"""What becomes of a document in the demo: which are drafts yet, and which are paid late, in part or never."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import Enum
from itertools import count
from typing import Protocol

from crm.demo.world import Made, World

DRAFT_DAYS = 35


class Dated(Protocol):
    """A document to be, as far as its fate depends on it."""

    made: Made
    on: date

    @property
    def is_work(self) -> bool: ...


class Fate(Enum):
    """What becomes of a document whose end is not left to the dice."""

    PAID = "paid"
    LATE = "late"
    IN_PART = "in_part"
    INSTALMENTS = "instalments"
    NOT_DUE = "not_due"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"


type Ended = dict[Fate, list[int]]
FATES = (Fate.LATE, Fate.IN_PART, Fate.CREDITED, Fate.PAID, Fate.LATE, Fate.WRITTEN_OFF, Fate.IN_PART, Fate.PAID)
CLIENTS_A_ROUND, MOST_ROUNDS = 24, 20
NEWEST = (Fate.INSTALMENTS, Fate.NOT_DUE)
"""The two newest documents of each company have more time than usual; a part of the first is paid already."""

LONG_TERM = timedelta(days=10)


def choose_drafts(world: World, documents: Sequence[Dated]) -> set[int]:
    """Every seventh of each company's newest documents has not been issued yet."""
    fresh = {country: count() for country in world.sellers}
    return {
        place
        for place, document in enumerate(documents)
        if (world.today - document.on).days < DRAFT_DAYS and next(fresh[document.made.country]) % 7 == 0
    }


def choose_fates(world: World, documents: Sequence[Dated], drafts: set[int]) -> dict[int, Fate]:
    """For the newest documents of each company, and those that fell due: who paid late, in part or never in turn."""
    fates: dict[int, Fate] = {}
    for country, seller in world.sellers.items():
        issued = [place for place, each in enumerate(documents) if each.made.country == country and place not in drafts]
        fates |= dict(zip(reversed(issued), NEWEST, strict=False))
        wanted = list(FATES) * max(1, min(MOST_ROUNDS, world.scale.clients // CLIENTS_A_ROUND))
        for place in reversed(issued):
            due = documents[place].on + timedelta(days=max(seller.payment_terms_days, DRAFT_DAYS))
            if wanted and place not in fates and due < world.today:
                fate = next(
                    (each for each in wanted if each is not Fate.CREDITED or documents[place].is_work), Fate.LATE
                )
                fates[place] = fate
                if fate in wanted:
                    wanted.remove(fate)
    return fates
