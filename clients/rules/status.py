"""Status suggested from silence: dormant after six, lost after twelve months without revenue and agreement."""

from datetime import date

from crm.periods import months_between

DORMANT_MONTHS, LOST_MONTHS = 6, 12


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


def _unless_same(suggested: str, status: str) -> str | None:
    return None if suggested == status else suggested
