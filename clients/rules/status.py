"""Status suggested from silence: dormant after six, lost after twelve months without revenue and agreement."""

from dataclasses import dataclass
from datetime import date

from crm.periods import add_months, months_between

DORMANT_MONTHS, LOST_MONTHS = 6, 12


@dataclass(frozen=True, slots=True)
class StatusDate:
    """The date that statistics use, and whether a person confirmed it."""

    on: date
    is_confirmed: bool


def suggest_status(status: str, *, last_revenue_on: date | None, has_agreement: bool, on: date) -> str | None:
    """The status that the facts speak for, or None when they speak for the one it has.

    A prospect never earned revenue, so it is not called dormant; revenue or an agreement makes anybody active.
    """
    if has_agreement:
        return _unless_same("active", status)
    if last_revenue_on is None:
        return None
    silent = months_between(last_revenue_on, on)
    if silent >= LOST_MONTHS:
        return _unless_same("lost", status)
    if silent >= DORMANT_MONTHS:
        return None if status == "lost" else _unless_same("dormant", status)
    return _unless_same("active", status)


def suggested_since(status: str, *, last_revenue_on: date | None) -> date | None:
    """The day from which silence speaks for the status; None where the status does not follow from it."""
    months = {"dormant": DORMANT_MONTHS, "lost": LOST_MONTHS}.get(status)
    return add_months(last_revenue_on, months) if months and last_revenue_on else None


def statistics_date(*, confirmed_on: date | None, suggested_on: date | None) -> StatusDate | None:
    """Statistics use the confirmed date, else the suggested one, and say so."""
    if confirmed_on is not None:
        return StatusDate(confirmed_on, is_confirmed=True)
    return StatusDate(suggested_on, is_confirmed=False) if suggested_on is not None else None


def _unless_same(suggested: str, status: str) -> str | None:
    return None if suggested == status else suggested
