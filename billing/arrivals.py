"""Clients that were merged, or parted again: the floors forbid clients to call, so billing listens and counts anew."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from billing.services.client_figures import refresh_money
from billing.services.figures import refresh_hours
from clients.models import Client
from clients.services.merging import regrouped


def watch_arrivals() -> None:
    regrouped.connect(recount_regrouped, dispatch_uid="billing.arrivals")


def recount_regrouped(*, clients: Sequence[Client], on: date, **_signal: Any) -> None:
    refresh_money([client.pk for client in clients], on=on)
    refresh_hours(clients, on=on)
