"""Of the clients of others one sees the card alone: whatever else is written of them stands in no answer to anybody.

One client holds a mark in everything that is not on the card; every address is read as people who must not find it.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone

from billing.models import Offer, Retainer
from clients.documents.digests import send_digests
from clients.models import Complaint, Extra, ImportBatch, ImportRow, KeyClientDesignation, Praise, Task
from clients.services.meetings import plan_meeting
from crm.api.throttling import Limits
from crm.calendar import make_feed
from crm.models import User
from tests.crm.test_access import ROUTES
from tests.make import (
    Cast,
    browser_of,
    make_call,
    make_client,
    make_contact,
    make_engagement,
    make_need,
    make_package,
    make_promised,
    make_tiers,
)
from tests.make.attachments import make_attachment
from tests.make.hours import log
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
MARK = "zzsecretzz"
NOT_READ = ("accounts:sign_out", "crm:job_run")
VARIANTS = ("", "?format=csv", "?whose=firm&view=all&search=Foreign&q=Foreign")


@pytest.fixture
def planted(cast: Cast) -> list[Model]:
    """A client that the partner alone keeps, with one row of every kind; the mark stands in each."""
    make_tiers()
    now, on = timezone.now(), timezone.localdate()
    client = make_client(
        name="Foreign",
        account_manager=cast.partner,
        notes=MARK,
        why_kept=MARK,
        expected_years=9,
        expected_years_reason=MARK,
    )
    contact = make_contact(client, interests=MARK, birthday=on + timedelta(days=3 - 365 * 40 - 10))
    told: dict[str, Any] = {"client": client, "received_on": on, "logged_by": cast.partner, "text": MARK}
    engagement = make_engagement(client, name=MARK, lead=cast.partner)
    rows: list[Model] = [
        client,
        contact,
        make_call(client, by=cast.partner, at=now, occurred_at=now - timedelta(days=1), kind="meeting", summary=MARK),
        make_promised(client, by=cast.partner, text=MARK, due=str(on + timedelta(days=2)), at=now),
        Complaint.objects.create(**told),
        Praise.objects.create(**told),
        Extra.objects.create(client=client, name=MARK, given_on=on, given_by=cast.partner, currency="EUR"),
        make_need(client, evidence=MARK, by=cast.partner),
        KeyClientDesignation.objects.create(client=client, type="special", reason=MARK, since_on=on),
        engagement,
        make_package(client, name=MARK, expires_on=on + timedelta(days=30)),
        make_retainer(client, name=MARK, starts_on=on.replace(day=1), term_months=2),
        make_offer(client, title=MARK),
        log(client, cast.partner, description=MARK, worked_on=on),
        ImportBatch.objects.create(kind="clients", file_name=f"{MARK}.csv", made_by=cast.partner, headers=[MARK]),
    ]
    things = (client, Retainer.objects.get(), Offer.objects.get())
    rows += [make_attachment(thing, name=f"{MARK}.pdf") for thing in things]
    plan_meeting(client, about=MARK, begins_at=now + timedelta(days=1), by=cast.partner, at=now, contact=contact)
    Task.objects.create(client=client, assignee=cast.partner, kind="x", source="x", title=MARK, due_at=now)
    ImportRow.objects.create(batch=ImportBatch.objects.get(), number=2, cells=[MARK])
    return rows


def addresses(rows: list[Model]) -> Iterator[str]:
    """Every address that is read, with the ids of what is planted in the place of ids."""
    ids = sorted({row.pk for row in rows})
    for route in ROUTES.values():
        if route.name in NOT_READ or (route.is_api and not route.knows("get")):
            continue
        if "999999999" in route.path:
            yield from (route.path.replace("999999999", str(pk)) for pk in ids)
        else:
            yield from (route.path + variant for variant in VARIANTS)


def body_of(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return bytes(content).decode("utf-8", errors="replace")


@pytest.mark.parametrize("role", ["manager", "outsider"])
def test_nothing_but_the_card_of_a_foreign_client_is_read_anywhere(
    cast: Cast, planted: list[Model], role: str, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    logging.disable(logging.CRITICAL)
    monkeypatch.setattr(Limits, "allow_request", lambda *_args: True)
    now = timezone.now()
    user: User = getattr(cast, role)
    browser, found = browser_of(user), []
    browser.raise_request_exception = False
    for address in addresses(planted):
        response = browser.get(address)
        if MARK in body_of(response):
            found.append(address)
    logging.disable(logging.NOTSET)
    assert found == []
    assert MARK not in body_of(browser.get(reverse("calendar_feed", args=[make_feed(user, name="x", at=now)])))
    send_digests(at=now.replace(hour=20))
    assert all(MARK not in f"{mail.subject}{mail.body}" for mail in mailoutbox if user.email in mail.to)
