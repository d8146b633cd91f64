"""Retainers for tests."""

from datetime import date
from decimal import Decimal
from typing import Any

from billing.models import Retainer
from clients.models import Client
from tests.make.clients import make_client


def make_retainer(client: Client | None = None, **kw: Any) -> Retainer:
    """80 000.00 RUB a month with VAT for a year from January 2026, to a Russian client."""
    client = client or make_client(country="RU", language="ru")
    fields = {
        "name": "Audit subscription",
        "seller": client.default_seller,
        "currency": client.currency,
        "monthly_fee": Decimal("80000.00"),
        "price_includes_tax": True,
        "starts_on": date(2026, 1, 1),
        "status": Retainer.Status.ACTIVE,
        **kw,
    }
    return Retainer.objects.create(client=client, **fields)
