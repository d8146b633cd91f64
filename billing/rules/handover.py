"""Work on a scope that was handed over or done: what comes later within a year is a choice to make."""

from datetime import date
from enum import StrEnum

from crm.periods import add_months

WINDOW_MONTHS = 12
NEEDS_DECISION = "handover"


class Choice(StrEnum):
    """How later work on the same scope is settled; the first is the default."""

    NEW_OFFER = "new_offer"
    WARRANTY = "warranty"
    GOODWILL = "goodwill"


def falls_in_window(worked_on: date, *, handed_over_on: date) -> bool:
    """Whether the handover is shown and the entry needs a decision: within 12 months, on the day itself too."""
    return handed_over_on <= worked_on <= add_months(handed_over_on, WINDOW_MONTHS)
