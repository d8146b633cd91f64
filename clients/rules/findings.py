"""Data-quality findings: an owner is missing, too few of us know a client that matters most, a firm stands twice."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from clients.rules.names import core_name

TOUCHED_DAYS = 90
LEAST_PEOPLE = 2


class Finding(StrEnum):
    NO_ACCOUNT_MANAGER = "no_account_manager"
    NO_EXECUTIVE_OWNER = "no_executive_owner"
    TOO_FEW_PEOPLE = "too_few_people"
    STALE_PROFILE = "stale_profile"
    SAME_NUMBER = "same_number"
    SAME_NAME = "same_name"


@dataclass(frozen=True, slots=True)
class ClientCare:
    """Who cares for a client; `people_touched` counts those of us who met it in the last 90 days.

    `profile_is_stale`: what we know of its business is older than it may be.
    """

    is_vip: bool
    has_account_manager: bool
    executive_owner_is_partner: bool
    people_touched: int
    profile_is_stale: bool = False


def find_gaps_in_care(care: ClientCare) -> tuple[Finding, ...]:
    """Without an account manager; a vip without a partner as owner, or met by fewer than two of us; an old profile."""
    findings = (
        (not care.has_account_manager, Finding.NO_ACCOUNT_MANAGER),
        (care.is_vip and not care.executive_owner_is_partner, Finding.NO_EXECUTIVE_OWNER),
        (care.is_vip and care.people_touched < LEAST_PEOPLE, Finding.TOO_FEW_PEOPLE),
        (care.profile_is_stale, Finding.STALE_PROFILE),
    )
    return tuple(finding for applies, finding in findings if applies)


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a firm is known; `group` is its parent company, or itself."""

    id: int
    name: str
    numbers: tuple[str, ...]
    group: int


@dataclass(frozen=True, slots=True)
class Twin:
    """A client that may be an earlier one once more."""

    id: int
    earlier: int
    why: Finding


def find_twins(firms: Iterable[Identity], *, apart: Container[tuple[int, int]] = ()) -> Iterator[Twin]:
    """Firms in the order of their making: each one whose number, or else whose words of the name, came before.

    Companies of one group may share their name, never their number. `apart` are pairs, the lower id first, that
    somebody called different: the next earlier one is asked about instead.
    """
    numbers, names = defaultdict[str, list[Identity]](list), defaultdict[str, list[Identity]](list)
    for firm in firms:
        words = " ".join(sorted(core_name(firm.name).split()))
        numbered = (each for number in firm.numbers for each in numbers[number])
        bearers = names[words] if words else []
        named = [] if any(each.group == firm.group for each in bearers) else bearers
        if known := _first_but(numbered, firm, apart):
            yield Twin(firm.id, known.id, Finding.SAME_NUMBER)
        elif known := _first_but(named, firm, apart):
            yield Twin(firm.id, known.id, Finding.SAME_NAME)
        names[words].append(firm)
        for number in firm.numbers:
            numbers[number].append(firm)


def _first_but(earlier: Iterable[Identity], firm: Identity, apart: Container[tuple[int, int]]) -> Identity | None:
    pairs = ((each, (min(each.id, firm.id), max(each.id, firm.id))) for each in earlier)
    return next((each for each, pair in pairs if pair not in apart), None)
