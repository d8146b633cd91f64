"""What is wrong with an absence as it is planned: nobody stands in, or who stands in is away as well."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Gap(StrEnum):
    """In the order of weight."""

    DEPUTY_AWAY = "deputy_away"
    NO_DEPUTY = "no_deputy"
    PROMISES_DUE = "promises_due"


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days, both ends inclusive."""

    start: date
    end: date

    def meets(self, other: "Span") -> bool:
        return self.start <= other.end and other.start <= self.end


def gaps(
    away: Span, *, has_deputy: bool, deputy_away: Iterable[Span], keeps_clients: bool, promises_due: int
) -> Iterator[Gap]:
    """Promises count only where nobody would see them."""
    if has_deputy:
        if any(away.meets(span) for span in deputy_away):
            yield Gap.DEPUTY_AWAY
        return
    if keeps_clients:
        yield Gap.NO_DEPUTY
    if promises_due:
        yield Gap.PROMISES_DUE
