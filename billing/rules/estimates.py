"""How good estimates were: what was used against what was signed, and how many offers were won."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from crm.money import round_half_up

FEWEST = 3  # below that many finished works nothing is said about the next one


@dataclass(frozen=True, slots=True)
class Decided:
    """Minutes of one delivered offer."""

    signed: int
    used: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """`ratio` is used / signed over all, `low` and `high` bound the middle half of the single ratios."""

    count: int
    ratio: Decimal
    low: Decimal
    high: Decimal


def win_rate(won: int, decided: int) -> Decimal | None:
    """Accepted offers of those that were decided, as a fraction with six decimals; None where none was."""
    return round_half_up(Fraction(won, decided), 6) if decided else None


def accuracy_of(works: Sequence[Decided], *, least: int = FEWEST) -> Accuracy | None:
    """Used against signed; None below `least` works that had an estimate."""
    known = [work for work in works if work.signed]
    if len(known) < least:
        return None
    ratios = sorted(Fraction(work.used, work.signed) for work in known)
    whole = Fraction(sum(work.used for work in known), sum(work.signed for work in known))
    quarter = len(ratios) // 4
    return Accuracy(
        len(known),
        round_half_up(whole, 6),
        round_half_up(ratios[quarter], 6),
        round_half_up(ratios[-1 - quarter], 6),
    )
