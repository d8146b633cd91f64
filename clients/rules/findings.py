"""Data-quality findings on a client: an owner is missing, or too few of us know a client that matters most."""

from dataclasses import dataclass
from enum import StrEnum

TOUCHED_DAYS = 90
LEAST_PEOPLE = 2


class Finding(StrEnum):
    NO_ACCOUNT_MANAGER = "no_account_manager"
    NO_EXECUTIVE_OWNER = "no_executive_owner"
    TOO_FEW_PEOPLE = "too_few_people"


@dataclass(frozen=True, slots=True)
class ClientCare:
    """Who cares for a client; `people_touched` counts those of us who met it in the last 90 days."""

    is_vip: bool
    has_account_manager: bool
    executive_owner_is_partner: bool
    people_touched: int


def find_gaps_in_care(care: ClientCare) -> tuple[Finding, ...]:
    """A client without an account manager; a vip without a partner as owner, or met by fewer than two of us."""
    findings = (
        (not care.has_account_manager, Finding.NO_ACCOUNT_MANAGER),
        (care.is_vip and not care.executive_owner_is_partner, Finding.NO_EXECUTIVE_OWNER),
        (care.is_vip and care.people_touched < LEAST_PEOPLE, Finding.TOO_FEW_PEOPLE),
    )
    return tuple(finding for applies, finding in findings if applies)
