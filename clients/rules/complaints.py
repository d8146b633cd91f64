"""Complaints as figures: how many per 100 clients and year by root cause, and praise that turned into blame.

Time with us is counted, not heads: 500 clients over three years are 1,500 client-years, and four cases among them
0.27 per 100 clients and year. Cases about people in their first month stand apart: they say how we teach.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from crm.money import round_half_up
from crm.periods import DateRange, add_months

YEAR = Decimal("365.25")
UNKNOWN = ""
MONTHS = 36
"""How far back rates look unless days are named: fewer cases than three years bring say nothing."""
MEMORY_MONTHS = 18
"""Praise older than that is no longer what the blame is measured by."""


@dataclass(frozen=True, slots=True)
class Case:
    """`in_ramp`: the person meant was in their first month on that day."""

    cause: str
    in_ramp: bool


@dataclass(frozen=True, slots=True)
class CauseRate:
    """`rate` per 100 clients and year, None without client-years; `share` of all cases of its table."""

    cause: str
    n: int
    share: Decimal
    rate: Decimal | None


@dataclass(frozen=True, slots=True)
class ComplaintRates:
    client_years: Decimal
    n: int
    rate: Decimal | None
    causes: Sequence[CauseRate]
    ramp: Sequence[CauseRate]

    @property
    def ramp_n(self) -> int:
        return sum(row.n for row in self.ramp)


def client_years(stays: Iterable[tuple[date, date | None]], window: DateRange) -> Decimal:
    """Years that clients were with us within the window; each stay is its first day and the day of the loss."""
    return sum((Decimal(_days(begun, ended, window)) for begun, ended in stays), Decimal()) / YEAR


def _days(begun: date, ended: date | None, window: DateRange) -> int:
    return max(0, (min(ended or window.end, window.end) - max(begun, window.start)).days)


def complaint_rates(cases: Iterable[Case], *, years: Decimal) -> ComplaintRates:
    """The most frequent cause first."""
    ours, learning = Counter[str](), Counter[str]()
    for case in cases:
        (learning if case.in_ramp else ours)[case.cause] += 1
    n = ours.total()
    return ComplaintRates(years, n, per_hundred(n, years), _by_cause(ours, years), _by_cause(learning, years))


def per_hundred(n: int, years: Decimal) -> Decimal | None:
    return round_half_up(100 * n / years, 2) if years else None


def _by_cause(counted: Mapping[str, int], years: Decimal) -> list[CauseRate]:
    total = sum(counted.values())
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return [CauseRate(cause, n, Decimal(n) / total, per_hundred(n, years)) for cause, n in ordered]


@dataclass(frozen=True, slots=True)
class Word:
    """What one person of a client said of one of us on a day."""

    id: int
    contact: int
    about: int
    on: date


@dataclass(frozen=True, slots=True)
class Turn:
    """The blame, and the last praise of the same two people before it."""

    complaint: int
    praise: int


def praise_then_blame(praise: Iterable[Word], complaints: Iterable[Word]) -> list[Turn]:
    """Each complaint that the same person had praised the same employee within 18 months before, or on the day."""
    said: dict[tuple[int, int], list[Word]] = {}
    for word in sorted(praise, key=lambda each: (each.on, each.id)):
        said.setdefault((word.contact, word.about), []).append(word)
    found = []
    for blame in complaints:
        before = [
            word
            for word in said.get((blame.contact, blame.about), [])
            if add_months(blame.on, -MEMORY_MONTHS) <= word.on <= blame.on
        ]
        if before:
            found.append(Turn(blame.id, before[-1].id))
    return found
