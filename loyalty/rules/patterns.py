"""Look-alikes: which clients show now what lost ones showed before they left (loyalty.md 6.2).

A pattern is the set of features of the health card at a third of their points or less, as far as they are known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ALIKE = 2
"""Signs that two clients must share; a pattern of one sign is too common to mean anything [our choice]."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Points of one feature against its maximum; an unknown reading is no sign."""

    code: str
    points: int
    maximum: int
    known: bool

    @property
    def is_weak(self) -> bool:
        return self.known and 3 * self.points <= self.maximum


def pattern(signs: Iterable[Sign]) -> frozenset[str]:
    """The weak features."""
    return frozenset(sign.code for sign in signs if sign.is_weak)


def look_alikes[K](now: Mapping[K, frozenset[str]], lost: Iterable[frozenset[str]]) -> dict[K, frozenset[str]]:
    """Clients that share at least two signs with one that was lost, with the signs of the likest; most signs first.

    Where several lost ones are alike, the one with the most shared signs counts.
    """
    patterns = [signs for signs in lost if len(signs) >= ALIKE]
    shared = {key: max((signs & own for own in patterns), key=len, default=frozenset()) for key, signs in now.items()}
    found = {key: signs for key, signs in shared.items() if len(signs) >= ALIKE}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[1])))
