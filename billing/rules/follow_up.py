"""Work soon after the invoice: a little is free, in proportion to what was paid; the rest is a choice to make.

"After the invoice" is where free work creeps in, so nothing is decided silently there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

WINDOW_DAYS = 14
NEEDS_DECISION = "follow_up"

# Paid minutes of the engagement from which an allowance holds, and its minutes [O].
ALLOWANCES = ((2 * 60, 15), (10 * 60, 30), (20 * 60, 60))


class Choice(StrEnum):
    """How the minutes beyond the allowance can be settled."""

    PACKAGE = "package"
    NEW_OFFER = "new_offer"
    GOODWILL = "goodwill"
    WARRANTY = "warranty"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What of an entry is free (goodwill outside the yearly budget), and what needs a decision."""

    free_minutes: int
    rest_minutes: int
    left_minutes: int

    @property
    def needs_decision(self) -> str:
        return NEEDS_DECISION if self.rest_minutes else ""


def allowance_minutes(paid_minutes: int, *, steps: Iterable[tuple[int, int]] = ALLOWANCES) -> int:
    """Free minutes of an engagement and window: under 2 h paid none, from 2 h 15, from 10 h 30, from 20 h 60."""
    return max((minutes for since, minutes in steps if paid_minutes >= since), default=0)


def window_start(worked_on: date, ends: Iterable[date], *, days: int = WINDOW_DAYS) -> date | None:
    """The last of the days on which the engagement was invoiced or closed, if the work follows within the window.

    The day itself counts, because work that was done before it stands on the invoice.
    """
    fitting = [end for end in ends if 0 <= (worked_on - end).days <= days]
    return max(fitting, default=None)


def judge_follow_up(minutes: int, *, paid_minutes: int, used_minutes: int) -> FollowUp:
    """Divide a follow-up: `used_minutes` of the allowance were given away in this window before."""
    left = max(0, allowance_minutes(paid_minutes) - used_minutes)
    free = min(minutes, left)
    return FollowUp(free_minutes=free, rest_minutes=minutes - free, left_minutes=left - free)
