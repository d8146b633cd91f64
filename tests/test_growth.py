"""No page and no list of the API needs more statements when its data grow: every address is asked twice.

The firm holds a little of everything; then it grows, new clients and old ones alike, and each page is counted again.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.services.payments import Receipt, book_payment
from clients.models import Client, ClientMember, KeyClientDesignation, Task
from crm.models import User
from tests.crm.test_access import ROUTES
from tests.make import (
    Cast,
    log,
    make_answer,
    make_api,
    make_call,
    make_client,
    make_contact,
    make_engagement,
    make_package,
    make_promised,
    make_rate,
    make_revenue,
    make_tiers,
    submitted,
)
from tests.make.attachments import make_attachment
from tests.make.invoices import make_draft, make_free_work, make_invoice
from tests.make.offers import make_accepted_offer, make_offer, make_sent_offer
from tests.make.retainers import make_retainer
from tests.statements import counted

_numbers = count()
NOON = datetime(2026, 4, 10, 12, tzinfo=UTC)
CARD = ("client", "client_people", "client_timeline", "client_promises", "client_history")
CLIENT_PANELS = (
    "billing:client_hours_panel",
    "billing:client_money_panel",
    "billing:client_files",
    "loyalty:value_panel",
)
# Not pages of rows: a download, a redirect, or a page that another answer makes.
APART = ("schema", "docs", "robots", "healthz", "home")


def grow(cast: Cast, client: Client) -> None:
    """One more of everything that a client can have."""
    person = make_contact(client, first_name="Petra")
    make_call(client, by=cast.manager, contacts=[person])
    make_promised(client, by=cast.manager, contact=person)
    make_promised(client, by=cast.consultant, due="2026-11-21")
    KeyClientDesignation.objects.get_or_create(
        client=client, type="image", defaults={"reason": "Known to all", "since_on": date(2026, 1, 1)}
    )
    source = f"test:{next(_numbers)}"
    Task.objects.create(client=client, assignee=cast.manager, title="Call", due_at=NOON, kind="other", source=source)
    ClientMember.objects.get_or_create(client=client, user=cast.consultant, defaults={"from_on": date(2026, 1, 1)})
    make_engagement(client, lead=cast.manager)
    make_package(client)
    log(client, cast.consultant, 90)
    submitted(client, cast.consultant, 45)
    make_free_work(client)
    make_revenue(client, "100.00", on=date(2025, 1, 1) + timedelta(days=next(_numbers)))
    make_answer(9, person)


def trade(client: Client) -> None:
    """Documents in every state, with files."""
    make_attachment(client)
    make_attachment(make_offer(client))
    make_sent_offer(client)
    make_accepted_offer(client)
    invoice = make_invoice(client)
    receipt = Receipt(
        client=client,
        seller=invoice.seller,
        amount=invoice.gross_amount,
        currency=invoice.currency,
        received_on=date(2026, 4, 10),
    )
    book_payment(receipt, settles={invoice: Decimal(100)}, by=User.objects.order_by("pk")[0], at=NOON)
    make_invoice(client)
    make_attachment(make_draft(client))
    make_attachment(make_retainer(client))


@pytest.fixture
def firm(cast: Cast) -> Client:
    make_tiers()
    first = make_client(account_manager=cast.manager)
    make_rate(first.default_seller)
    for client in (first, first, first, make_client(account_manager=cast.manager)):
        grow(cast, client)
        trade(client)
    return first


def addresses(client: Client) -> Iterator[str]:
    for path, route in ROUTES.items():
        if not route.has_ids and not route.is_public and "nothing" not in path and route.name not in APART:
            yield path
    yield from (reverse(f"clients:{name}", args=[client.pk]) for name in CARD)
    yield from (reverse(name, args=[client.pk]) for name in CLIENT_PANELS)


def asked(cast: Cast, who: str, paths: list[str]) -> dict[str, int]:
    """Statements by address; each is asked once before, so that what is remembered is remembered."""
    user = getattr(cast, who)
    browser, api = Browser(), make_api(user)
    browser.force_login(user)
    counts = {}
    for path in paths:
        ask: Any = api if path.startswith("/api/") else browser
        if ask.get(path).status_code != 200:
            continue
        with counted() as statements:
            ask.get(path)
        counts[path] = len(statements)
    return counts


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["partner", "manager", "consultant", "finance"])
def test_no_page_needs_more_statements_when_its_data_grow(cast: Cast, firm: Client, who: str) -> None:
    paths = list(addresses(firm))
    before = asked(cast, who, paths)
    for client in (firm, make_client(account_manager=cast.manager), make_client(account_manager=cast.manager)):
        for _time in range(2):
            grow(cast, client)
            trade(client)
    after = asked(cast, who, paths)
    grown = {path: (before[path], n) for path, n in after.items() if path in before and n > before[path]}
    assert len(after) > 30
    assert not grown
