"""When a promise is taken to the executive owner: the second date must be kept, warned in time or not."""

from datetime import datetime

from clients.rules.promises import Promise


def second_date_missed(promise: Promise, *, as_of: datetime) -> bool:
    """Whether the second date was moved again, met too late, or has passed while the promise is open."""
    if promise.withdrawn_at or not promise.later:
        return False
    return len(promise.later) > 1 or (promise.kept_at or as_of) > promise.later[0].due_at
