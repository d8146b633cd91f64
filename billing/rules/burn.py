"""How fast hours burn: a minute of a senior, or after hours, may take more than a minute from an account.

Among the factors that apply the largest wins; they are never multiplied together. Where none applies, the account's
own factor holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from billing.rules.rounding import burn_factor
from crm.periods import OFFICE_HOURS, BusinessHours


@dataclass(frozen=True, slots=True)
class Burn:
    """A factor for a seniority or for work after hours."""

    factor: Decimal
    seniority: str = ""
    after_hours: bool = False

    def applies(self, *, seniority: str, after_hours: bool) -> bool:
        return (bool(self.seniority) and self.seniority == seniority) or (self.after_hours and after_hours)


def choose_factor(base: Decimal, burns: Iterable[Burn], *, seniority: str, after_hours: bool) -> Decimal:
    """The largest factor that applies, else the account's own."""
    applicable = [burn.factor for burn in burns if burn.applies(seniority=seniority, after_hours=after_hours)]
    return burn_factor(applicable or [base])


def is_after_hours(started_at: datetime | None, worked_on: date, *, hours: BusinessHours = OFFICE_HOURS) -> bool:
    """Whether work begins outside office hours, in the firm's wall-clock time; without a start the day decides."""
    if not hours.is_working_day(worked_on):
        return True
    return started_at is not None and not hours.opens <= started_at.time() < hours.closes
