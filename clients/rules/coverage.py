"""Coverage of a client's people: the boss hears from us, does the staff? And the other way round."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

UNHEARD_DAYS = 90


class CoverageAlert(StrEnum):
    STAFF_UNHEARD = "staff_unheard"
    MANAGEMENT_UNINFORMED = "management_uninformed"


@dataclass(frozen=True, slots=True)
class PeopleTouched:
    """When each level was last touched, how the staff feels (-2 to 2), and when a value statement last went out."""

    management_on: date | None = None
    staff_on: date | None = None
    staff_sentiment: Decimal | None = None
    value_statement_on: date | None = None


def coverage_alerts(people: PeopleTouched, *, cadence_days: int, on: date) -> tuple[CoverageAlert, ...]:
    """Staff unheard: management is touched within its cadence, but the staff is silent or unhappy.

    Management uninformed: the staff is touched, but management neither met us nor got a value statement.
    """
    staff_heard = _within(people.staff_on, UNHEARD_DAYS, on)
    unhappy = people.staff_sentiment is not None and people.staff_sentiment < 0
    informed = _within(people.management_on, UNHEARD_DAYS, on) or _within(people.value_statement_on, UNHEARD_DAYS, on)
    alerts = (
        (
            _within(people.management_on, cadence_days, on) and (not staff_heard or unhappy),
            CoverageAlert.STAFF_UNHEARD,
        ),
        (staff_heard and not informed, CoverageAlert.MANAGEMENT_UNINFORMED),
    )
    return tuple(alert for applies, alert in alerts if applies)


def mean_sentiment(moods: Iterable[int]) -> Decimal | None:
    """The mean mood of logged interactions, or None where nobody noted one."""
    noted = list(moods)
    return Decimal(sum(noted)) / len(noted) if noted else None


def _within(touched_on: date | None, days: int, on: date) -> bool:
    return touched_on is not None and (on - touched_on).days <= days
