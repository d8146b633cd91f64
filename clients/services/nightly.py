"""The night's work of the clients floor: figures of attention and promises, then every reminder and suggestion."""

from collections.abc import Callable, Iterator
from datetime import datetime

from clients.models import Client
from clients.services.attention import refresh_attention, renew_attention_tasks
from clients.services.birthdays import remind_birthdays
from clients.services.boundaries import review_boundaries
from clients.services.channels import review_channels
from clients.services.designations import ask_for_reviews, lapse_designations, suggest_designations
from clients.services.escalations import escalate_promises
from clients.services.first_orders import review_plans
from clients.services.greetings import remind_holidays
from clients.services.people import blank_old_notes
from clients.services.promise_rates import refresh_promises
from clients.services.status import suggest_status_changes
from clients.services.tiers import suggest_tier_changes

BATCH = 500


def refresh_clients(*, at: datetime) -> Iterator[str]:
    """Does one step after the other and names it; each leaves the same rows when it runs twice for a day."""
    for step in STEPS:
        step(at=at)
        yield step.__name__


def refresh_all_attention(*, at: datetime) -> int:
    return sum(refresh_attention(batch, at=at) for batch in _batches())


def refresh_all_promises(*, at: datetime) -> int:
    return sum(refresh_promises(batch, at=at) for batch in _batches())


def _batches() -> Iterator[list[int]]:
    ids = list(Client.objects.current().order_by("pk").values_list("pk", flat=True))
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


STEPS: tuple[Callable[..., int], ...] = (
    refresh_all_attention,
    refresh_all_promises,
    escalate_promises,
    renew_attention_tasks,
    remind_birthdays,
    remind_holidays,
    blank_old_notes,
    suggest_tier_changes,
    suggest_status_changes,
    lapse_designations,
    ask_for_reviews,
    suggest_designations,
    review_channels,
    review_boundaries,
    review_plans,
)
