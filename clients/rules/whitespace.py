"""White space: what a service line is to a client, and which one similar clients took next.

Similar are clients of the same industry and tier; where too few of them held the same anchors, of the same industry,
then of the same tier.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

PEERS_NEEDED, ADOPTERS_NEEDED = 3, 2
"""Fewer peers than these tell nothing, and what one of them did is no pattern [our choice]."""


class AnchorState(StrEnum):
    ACTIVE = "active"
    PROPOSED = "proposed"
    LAPSED = "lapsed"
    NEVER = "never"


def anchor_state(*, is_active: bool, is_proposed: bool, was_used: bool) -> AnchorState:
    """What is in use counts before what is proposed, and that before what once was."""
    if is_active:
        return AnchorState.ACTIVE
    if is_proposed:
        return AnchorState.PROPOSED
    return AnchorState.LAPSED if was_used else AnchorState.NEVER


@dataclass(frozen=True, slots=True)
class Holder:
    """A client with the first day of each service line that it ever used, and those that it uses now."""

    id: int
    industry: str
    tier: str
    adopted: Mapping[int, date] = field(default_factory=dict)
    active: frozenset[int] = frozenset()

    def took_after(self, anchors: AbstractSet[int]) -> list[int]:
        """Lines that came after the last one of these anchors."""
        last = max(self.adopted[line] for line in anchors)
        return [line for line, on in self.adopted.items() if on > last]


class Likeness(StrEnum):
    """In what others are similar, the closest first."""

    BOTH = "both"
    INDUSTRY = "industry"
    TIER = "tier"


@dataclass(frozen=True, slots=True)
class NextAnchor:
    """So many of so many similar clients took the line after the same anchors."""

    line: int
    adopters: int
    peers: int
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Followed:
    """Of clients that held the same anchors: how many there are, and what how many of them took afterwards."""

    holders: int
    lines: Mapping[int, int]


def followed(group: Iterable[Holder], anchors: AbstractSet[int]) -> Followed:
    held = [other for other in group if anchors <= other.adopted.keys()]
    return Followed(len(held), Counter(line for other in held for line in other.took_after(anchors)))


def next_anchors(
    clients: Iterable[Holder], firm: Sequence[Holder], *, barred: Mapping[int, AbstractSet[int]]
) -> dict[int, NextAnchor]:
    """The next anchor by client, where similar ones show a pattern; `firm` is everybody who ever used anything.

    Never one that the client used before, nor one of the `barred`: proposed already, or refused. Among equals the
    line that comes first by its id.
    """
    groups = _grouped(firm)
    known: dict[tuple[Group, frozenset[int]], Followed] = {}
    found = {}
    for client in clients:
        closed = client.adopted.keys() | barred.get(client.id, frozenset())
        for group in _groups_of(client) if client.active else ():
            key = (group, client.active)
            if key not in known:
                known[key] = followed(groups[group], client.active)
            if best := _best(known[key], closed, group[0]):
                found[client.id] = best
                break
    return found


type Group = tuple[Likeness, str, str]


def _groups_of(client: Holder) -> list[Group]:
    """Where its peers are, the closest first; a client without an industry has none of its industry."""
    by_tier = [(Likeness.TIER, "", client.tier)]
    if not client.industry:
        return by_tier
    return [(Likeness.BOTH, client.industry, client.tier), (Likeness.INDUSTRY, client.industry, ""), *by_tier]


def _grouped(firm: Iterable[Holder]) -> Mapping[Group, list[Holder]]:
    groups: dict[Group, list[Holder]] = defaultdict(list)
    for other in firm:
        for group in _groups_of(other):
            groups[group].append(other)
    return groups


def _best(seen: Followed, closed: AbstractSet[int], likeness: Likeness) -> NextAnchor | None:
    """The client itself is among the holders and is no peer of its own."""
    peers = seen.holders - 1
    open_lines = [(-n, line) for line, n in seen.lines.items() if line not in closed and n >= ADOPTERS_NEEDED]
    if peers < PEERS_NEEDED or not open_lines:
        return None
    n, line = min(open_lines)
    return NextAnchor(line, -n, peers, likeness)
