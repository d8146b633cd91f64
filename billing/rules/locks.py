"""Closed periods: which day may still be changed, and who may open a period again.

The newest lock of a kind counts, even where its date is earlier: that is how a period is opened again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LockKind(StrEnum):
    TIME = "time"
    DOCUMENTS = "documents"


class LockProblem(StrEnum):
    PARTNER_ONLY = "lock_partner_only"
    REASON_MISSING = "lock_reason_missing"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as it was set; the larger id is the newer one. Time is locked for all sellers, documents for one."""

    id: int
    kind: LockKind
    locked_until_on: date
    seller_id: int | None = None


def locked_until(locks: Iterable[Lock], kind: LockKind, *, seller_id: int | None = None) -> date | None:
    """The last closed day of the kind, or None where nothing is closed."""
    of_kind = [lock for lock in locks if lock.kind is kind and lock.seller_id == seller_id]
    return max(of_kind, key=lambda lock: lock.id).locked_until_on if of_kind else None


def is_locked(on: date, until: date | None) -> bool:
    """Whether the day lies in the closed period; its last day does."""
    return until is not None and on <= until


def lock_problem(until: date | None, new: date, *, by_partner: bool, reason: str) -> LockProblem | None:
    """Why a lock may not be moved to the new date: an earlier one is a partner's act, with a reason."""
    if until is None or new >= until:
        return None
    if not by_partner:
        return LockProblem.PARTNER_ONLY
    return None if reason.strip() else LockProblem.REASON_MISSING
