"""A new client is worth at once what its segment is: the floors forbid clients to call, so loyalty listens."""

from typing import Any

from django.db.models.signals import post_save

from clients.models import Client
from loyalty.services.values import value_newcomer


def watch_arrivals() -> None:
    post_save.connect(value_arrival, sender=Client, dispatch_uid="loyalty.arrivals")


def value_arrival(*, instance: Client, created: bool, raw: bool = False, **_signal: Any) -> None:
    """Pages, API and imports alike; rows of a fixture (`raw`) wait for the night."""
    if created and not raw and instance.merged_into_id is None:
        value_newcomer(instance)
