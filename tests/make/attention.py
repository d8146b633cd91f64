"""Promises and interactions for tests."""

from datetime import UTC, date, datetime
from typing import Any

from clients.models import Client, Interaction, Promise
from clients.services.interactions import log_interaction
from clients.services.promises import end_of_day, make_promise
from crm.models import User
from tests.make.clients import make_client, make_contact
from tests.make.people import make_user

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def make_call(client: Client | None = None, *, by: User | None = None, at: datetime = NOON, **kw: Any) -> Interaction:
    """A call with somebody of the client, logged when it happened."""
    client = client or make_client()
    contacts = kw.pop("contacts", None) or [client.contacts.first() or make_contact(client)]
    return log_interaction(
        client, by=by or make_user(), occurred_at=kw.pop("occurred_at", at), at=at, contacts=contacts, **kw
    )


def make_promised(
    client: Client | None = None, *, by: User | None = None, due: str = "2026-11-27", **kw: Any
) -> Promise:
    """A promise for the end of a day, made at noon of 20 November 2026."""
    return make_promise(
        client or make_client(),
        by=by or make_user(),
        text=kw.pop("text", "Memo on VAT"),
        due_at=kw.pop("due_at", end_of_day(date.fromisoformat(due))),
        at=kw.pop("at", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        **kw,
    )
