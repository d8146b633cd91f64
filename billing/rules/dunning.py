"""Which reminder an overdue invoice is due for: three levels, one after the other, each with its own time to pay."""

from datetime import date, timedelta

from billing.rules.ageing import days_past_due

STEPS = (7, 21, 35)
"""Days past due at which the three reminders fall due [O]."""

TO_PAY = timedelta(days=7)
"""What a reminder gives the client to pay [O]."""


def next_level(
    due_on: date, *, on: date, last_level: int = 0, last_on: date | None = None, steps: tuple[int, ...] = STEPS
) -> int:
    """The level that is due on a day, 0 for none.

    No level is left out, and a level comes no sooner after the last one than its own distance to it: whoever is
    reminded late for the first time is not threatened the day after.
    """
    level = last_level + 1
    if level > len(steps) or days_past_due(due_on, on=on) < steps[level - 1]:
        return 0
    if last_on is not None and last_level and (on - last_on).days < steps[level - 1] - steps[last_level - 1]:
        return 0
    return level
