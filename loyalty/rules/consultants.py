"""Same quality whoever comes: what each of us shows, with how many cases it rests on, and how far people lie apart.

A figure of too few cases is none. The spread of a service is that of the people who worked in it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from crm.money import round_half_up

LEAST_MINUTES = 600
LEAST_ANSWERS = 5
LEAST_PROMISES = 5
LEAST_PEOPLE = 2


class Measure(StrEnum):
    """Each in its own unit: a share, cases per 1,000 billed hours, points, a share."""

    WARRANTY = "warranty"
    COMPLAINTS = "complaints"
    NPS = "nps"
    HONOUR = "honour"


@dataclass(frozen=True, slots=True)
class Worked:
    """Minutes of a person in a service line; `billed` is what clients pay for."""

    employee: int
    line: int | None
    billed: int
    warranty: int


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is None where `n` is too few; n counts billed minutes, answers or promises."""

    value: Decimal | None
    n: int


def share_of(part: int, whole: int, *, least: int) -> Figure:
    return Figure(round_half_up(Decimal(part) / whole, 4) if whole >= max(1, least) else None, whole)


def warranty(billed: int, minutes: int) -> Figure:
    """Work that had to be done again, by what was billed."""
    return share_of(minutes, billed, least=LEAST_MINUTES)


def complaint_rate(cases: int, billed: int) -> Figure:
    """Cases per 1,000 billed hours; n is the cases."""
    rate = round_half_up(Decimal(cases) * 60_000 / billed, 2) if billed >= LEAST_MINUTES else None
    return Figure(rate, cases)


def points(promoters: int, detractors: int, n: int) -> Figure:
    value = round_half_up(Decimal(100 * (promoters - detractors)) / n, 1) if n >= LEAST_ANSWERS else None
    return Figure(value, n)


@dataclass(frozen=True, slots=True)
class Spread:
    """From the least to the most among so many people of a service line."""

    measure: Measure
    low: Decimal
    high: Decimal
    people: int

    @property
    def width(self) -> Decimal:
        return self.high - self.low


def spreads(figures: Iterable[Mapping[Measure, Figure]]) -> list[Spread]:
    """Of each measure that at least two people have enough cases of."""
    rows = list(figures)
    found = []
    for measure in Measure:
        values = [value for row in rows if (value := row[measure].value) is not None]
        if len(values) >= LEAST_PEOPLE:
            found.append(Spread(measure, min(values), max(values), len(values)))
    return found


def people_of(work: Sequence[Worked], line: int | None) -> dict[int, Worked]:
    """Whoever billed anything in the line, with what they worked in it."""
    return {each.employee: each for each in work if each.line == line and each.billed > 0}
