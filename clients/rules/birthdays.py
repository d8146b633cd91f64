"""Birthdays that are near: the day in the year at hand, 29 February kept on the 28th where there is none."""

from datetime import date

from crm.periods import add_months


def birthday_near(born_on: date, *, on: date, days_before: int, days_after: int) -> date | None:
    """The birthday that lies between so many days ago and so many ahead of a day, or None."""
    for year in (on.year - 1, on.year, on.year + 1):
        day = add_months(born_on, 12 * (year - born_on.year))
        if -days_after <= (day - on).days <= days_before:
            return day
    return None
