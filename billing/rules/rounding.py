"""How worked minutes become billed minutes, and billed minutes become minutes drawn from an account.

Rounding happens once, before anything is split; raw minutes are never changed by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from crm.money import round_half_up

NO_FACTOR = Decimal(1)


class RoundingScope(StrEnum):
    ENTRY = "entry"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class RoundingRule:
    """Minimum and step in minutes, applied to each entry or to all entries of one day and client."""

    minimum_minutes: int = 0
    step_minutes: int = 1
    scope: RoundingScope = RoundingScope.ENTRY

    def __post_init__(self) -> None:
        if self.step_minutes < 1 or self.minimum_minutes < 0:
            raise ValueError("a rounding step is at least one minute, a minimum is not negative")


class Part(NamedTuple):
    """Minutes of work that an account covers, and the minutes that leave its balance for them."""

    covered: int
    drawn: int


def round_minutes(raw: int, rule: RoundingRule) -> int:
    """max(minimum, raw rounded up to the step); an exact multiple stays, and nothing worked bills nothing."""
    if raw < 0:
        raise ValueError("worked minutes are not negative")
    if raw == 0:
        return 0
    return max(rule.minimum_minutes, -(-raw // rule.step_minutes) * rule.step_minutes)


def bill_minutes(raw: int, rule: RoundingRule, *, day_raw: int = 0, day_billed: int = 0) -> int:
    """Billed minutes of an entry that is being approved.

    With the scope `day`, `day_raw` and `day_billed` are the sums of the entries of the same day and client
    that were approved before: this entry carries the difference, so that the day's total is rounded once.
    """
    if rule.scope is RoundingScope.ENTRY:
        return round_minutes(raw, rule)
    return max(0, round_minutes(day_raw + raw, rule) - day_billed)


def carry_from(raws: Sequence[int], billed: Sequence[int], rule: RoundingRule) -> int:
    """From which entry of a day on, in the order of their approval, minutes are to be billed anew; none is the count.

    After an earlier entry went or changed, the last ones carry what the whole day differs by: as few as can.
    """
    wanted = round_minutes(sum(raws), rule)
    if rule.scope is RoundingScope.ENTRY or sum(billed) == wanted:
        return len(raws)
    fitting = [place for place in range(len(raws)) if sum(billed[:place]) <= wanted]
    return max(fitting, default=0)


def burn_factor(applicable: Iterable[Decimal]) -> Decimal:
    """The largest of the factors that apply (seniority, after hours); they are never multiplied together."""
    return max(applicable, default=NO_FACTOR)


def draw_minutes(covered: int, factor: Decimal) -> int:
    """Minutes that leave the balance for so many covered ones, rounded half up once per row.

    A covered minute takes at least one, because the ledger knows no draw of nothing.
    """
    return max(int(round_half_up(covered * factor, 0)), min(covered, 1))


def cover_part(wanted: int, room: int, factor: Decimal = NO_FACTOR) -> Part:
    """As much of the wanted minutes as the room carries; of a part, covered = floor(room / factor)."""
    if factor <= 0:
        raise ValueError("a burn factor is positive")
    if wanted <= 0 or room <= 0:
        return Part(0, 0)
    drawn = draw_minutes(wanted, factor)
    if drawn <= room:
        return Part(wanted, drawn)
    covered = int(Fraction(room) / Fraction(factor))
    return Part(covered, draw_minutes(covered, factor))
