"""Clients that come, merge or part again are valued at once: the floors forbid clients to call, so loyalty listens."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models.signals import post_save

from clients.models import Client
from clients.services.merging import regrouped
from loyalty.services.nps import refresh_nps
from loyalty.services.values import revalue_clients, value_newcomer


def watch_arrivals() -> None:
    post_save.connect(value_arrival, sender=Client, dispatch_uid="loyalty.arrivals")
    regrouped.connect(value_regrouped, dispatch_uid="loyalty.regrouped")


def value_regrouped(*, clients: Sequence[Client], on: date, **_signal: Any) -> None:
    """After a merge or its undoing: billing, which stands below, has counted already."""
    revalue_clients(clients, on=on)
    refresh_nps(on=on)


def value_arrival(*, instance: Client, created: bool, raw: bool = False, **_signal: Any) -> None:
    """Pages, API and imports alike; rows of a fixture (`raw`) wait for the night."""
    if created and not raw and instance.merged_into_id is None:
        value_newcomer(instance)
