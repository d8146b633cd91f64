"""Retention measures of the demo: of each kind one, begun long enough ago to compare, or just now."""

from datetime import timedelta

from crm.access import Role
from crm.demo.world import World
from loyalty.models import RetentionMeasure

Kind = RetentionMeasure.Kind
ROWS = (
    (Kind.CHURN, "A call to each client silent for 45 days", "", 300),
    (Kind.ORIENTATION, "Answers within four hours", "", 200),
    (Kind.PROGRAMME, "Two workshops a year free of charge", "a", 400),
    (Kind.LOCK_IN, "Retainers that renew by themselves", "", 30),
)


def make_measures(world: World) -> None:
    """Kept by a partner."""
    owner = world.people[Role.PARTNER][0]
    for kind, name, tier, ago in ROWS:
        start = world.today - timedelta(days=ago)
        RetentionMeasure.objects.create(kind=kind, name=name, tier=tier, started_on=start, owner=owner)
