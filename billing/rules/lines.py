"""How billable pieces of work become lines of a document: grouped as asked, priced once per line.

A line never mixes prices, tax or service lines, because each of them is printed or reported per line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing.rules.rounding import NO_FACTOR
from billing.rules.vat import RateChange, Tax
from crm.money import quantise, round_half_up

PLACES = 4  # of quantities and unit prices on paper; amounts are reckoned from the exact values


class Grouping(StrEnum):
    ENGAGEMENT = "engagement"
    SERVICE_LINE = "service_line"
    PERSON = "person"
    DAY = "day"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an entry that bills at a price: `price` an hour in the document's own tax basis."""

    coverage_id: int
    entry_id: int
    worked_on: date
    minutes: int
    price: Decimal
    tax: Tax
    employee_id: int
    engagement_id: int | None = None
    service_line_id: int | None = None
    factor: Decimal = NO_FACTOR
    agreed_percent: Decimal | None = None
    change: RateChange = RateChange.PRICE_STAYS
    discount_id: int | None = None  # the discount of the contract that it was done under


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """Pieces that make one line, in worked order."""

    pieces: tuple[Piece, ...]

    @property
    def first(self) -> Piece:
        return self.pieces[0]

    @property
    def minutes(self) -> int:
        return sum(piece.minutes for piece in self.pieces)

    @property
    def unit_price(self) -> Decimal:
        return round_half_up(Fraction(self.first.price) * Fraction(self.first.factor), PLACES)

    def amount(self, currency: str) -> Decimal:
        """Minutes times price, rounded once for the whole line: ten hours at 150.00 are 1500.00."""
        exact = Fraction(self.first.price) * Fraction(self.first.factor) * self.minutes / 60
        return quantise(exact, currency)


def hours_of(minutes: int) -> Decimal:
    """Minutes as hours with the decimals of a quantity on paper."""
    return round_half_up(Fraction(minutes, 60), PLACES)


def group_pieces(pieces: Iterable[Piece], grouping: Grouping = Grouping.ENGAGEMENT) -> list[PieceGroup]:
    """Pieces gathered into lines; lines follow each other by their first day, pieces inside by day and id."""
    ordered = sorted(pieces, key=lambda piece: (piece.worked_on, piece.entry_id, piece.coverage_id))
    groups: dict[tuple[object, ...], list[Piece]] = {}
    for piece in ordered:
        groups.setdefault((_asked(piece, grouping), *_kept_apart(piece)), []).append(piece)
    return [PieceGroup(tuple(group)) for group in groups.values()]


def _asked(piece: Piece, grouping: Grouping) -> object:
    return {
        Grouping.ENGAGEMENT: piece.engagement_id,
        Grouping.SERVICE_LINE: piece.service_line_id,
        Grouping.PERSON: (piece.engagement_id, piece.employee_id),
        Grouping.DAY: (piece.engagement_id, piece.worked_on),
        Grouping.ENTRY: piece.entry_id,
    }[grouping]


def _kept_apart(piece: Piece) -> tuple[object, ...]:
    sold = piece.service_line_id, piece.price, piece.factor, piece.tax
    return *sold, piece.agreed_percent, piece.change, piece.discount_id
