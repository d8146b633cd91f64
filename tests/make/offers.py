"""Offers for tests."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import Offer
from billing.services.offers import ItemDraft, Signer, decide_offer, draft_offer, send_offer
from clients.models import Client
from tests.make.clients import make_client, make_contact
from tests.make.invoices import make_series
from tests.make.people import make_user

SENT_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


def make_offer(client: Client | None = None, **kw: Any) -> Offer:
    """A draft of 4 hours at 150.00 with VAT in two items, valid until the end of June 2026."""
    client = client or make_client()
    assert client.default_seller is not None
    make_series(client.default_seller)
    items = kw.pop("items", [ItemDraft("Set-up", 180), ItemDraft("Training", 60)])
    fields = {
        "title": "Second server",
        "seller": client.default_seller,
        "currency": client.currency,
        "hourly_rate": Decimal("150.00"),
        "price_includes_tax": True,
        "valid_until": date(2026, 6, 30),
        **kw,
    }
    fields.setdefault("author", make_user())
    return draft_offer(Offer(client=client, **fields), items=items)


def make_sent_offer(client: Client | None = None, **kw: Any) -> Offer:
    client = client or make_client()
    contact = make_contact(client)
    return send_offer(make_offer(client, contact=contact, **kw), at=SENT_AT)


def make_accepted_offer(client: Client | None = None, **kw: Any) -> Offer:
    return decide_offer(make_sent_offer(client, **kw), accepted=True, signer=Signer("Petra Hofmann"), at=SENT_AT)
