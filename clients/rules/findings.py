"""Data-quality findings: an owner is missing, too few of us know a client that matters most, a firm stands twice."""

from collections.abc import Iterable, Iterator
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


def find_twins(firms: Iterable[Identity]) -> Iterator[Twin]:
    """Firms in the order of their making: each one whose number, or else whose words of the name, came before.

    Companies of one group may share their name, never their number.
    """
    numbers, names = dict[str, Identity](), dict[str, Identity]()
    for firm in firms:
        words = " ".join(sorted(core_name(firm.name).split()))
        known = next((numbers[number] for number in firm.numbers if number in numbers), None)
        named = names.get(words)
        if known:
            yield Twin(firm.id, known.id, Finding.SAME_NUMBER)
        elif words and named and named.group != firm.group:
            yield Twin(firm.id, named.id, Finding.SAME_NAME)
        names.setdefault(words, firm)
        for number in firm.numbers:
            numbers.setdefault(number, firm)
