"""The tier's first response is a promise: to a mail or message that came in, and to a call that nobody took."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clients.models import Client, DirectChannelGrant, Inquiry, Interaction, Promise
from clients.services.channels import grant_channel
from clients.services.inquiries import route_inquiry
from clients.services.interactions import change_interaction, log_interaction
from crm.access import Role
from tests.make import Cast, make_api, make_client, make_contact, make_tiers, make_user

pytestmark = pytest.mark.django_db
FRIDAY = datetime(2026, 6, 5, 14, tzinfo=UTC)  # 16:00 in the firm's zone
LATER = FRIDAY + timedelta(days=4)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    make_tiers()
    return make_client(tier="a", account_manager=cast.manager)


def came(client: Client, kind: str = "email", *, at: datetime = FRIDAY, **kw: Any) -> Interaction:
    fields = {"direction": "in", "occurred_at": at, "by": client.account_manager, "at": at, **kw}
    return log_interaction(client, kind=kind, **fields)


def promised(row: Interaction) -> Promise:
    assert row.first_response is not None
    row.first_response.refresh_from_db()
    return row.first_response


def test_a_mail_of_friday_is_promised_an_answer_in_business_hours(cast: Cast, alfa: Client) -> None:
    person = make_contact(alfa)
    promise = promised(came(alfa, contacts=[person], employees=[cast.consultant]))
    assert (promise.client, promise.contact, promise.made_by) == (alfa, person, cast.consultant)
    assert (promise.source, promise.due_is_day) == ("sla", False)
    assert promise.due_at == datetime(2026, 6, 8, 10, tzinfo=UTC)  # one hour on Friday, three on Monday


@pytest.mark.parametrize(
    ("kind", "fields", "waits"),
    [
        ("message", {}, True),
        ("call", {"is_missed": True}, True),
        ("call", {}, False),
        ("email", {"direction": "out"}, False),
        ("email", {"direction": "both"}, False),
        ("meeting", {}, False),
    ],
)
def test_only_what_came_in_and_was_not_answered_waits(
    alfa: Client, kind: str, fields: dict[str, Any], waits: bool
) -> None:
    assert (came(alfa, kind, **fields).first_response is not None) is waits


def test_what_is_entered_long_afterwards_is_promised_nothing(alfa: Client) -> None:
    monday = datetime(2026, 6, 8, 20, tzinfo=UTC)
    assert came(alfa, occurred_at=FRIDAY, at=monday).first_response is not None
    assert came(alfa, occurred_at=FRIDAY, at=monday + timedelta(days=1)).first_response is None


def test_a_missed_call_of_a_direct_line_is_called_back_and_promised_nothing_else(cast: Cast, alfa: Client) -> None:
    person = make_contact(alfa)
    line = DirectChannelGrant(client=alfa, contact=person, employee=cast.manager, channel="phone")
    line.granted_on, line.reason = FRIDAY.date(), "Asked for"
    grant_channel(line, by=cast.partner, at=FRIDAY)
    row = came(alfa, "call", is_missed=True, contacts=[person])
    assert row.call_back is not None
    assert row.first_response is None


@pytest.mark.parametrize("kind", ["email", "call"])
def test_our_answer_keeps_it_for_the_person_who_asked(alfa: Client, kind: str) -> None:
    person, other = make_contact(alfa), make_contact(alfa)
    row = came(alfa, contacts=[person])
    answered = FRIDAY + timedelta(minutes=30)
    came(alfa, kind, direction="out", at=answered, contacts=[other])
    came(alfa, direction="in", at=answered, contacts=[person])
    assert promised(row).kept_at is None
    came(alfa, kind, direction="out", at=answered, contacts=[person])
    assert promised(row).kept_at == answered


def test_an_answer_that_was_logged_before_the_mail_keeps_it_at_once(alfa: Client) -> None:
    answered = FRIDAY + timedelta(minutes=30)
    came(alfa, "email", direction="out", at=answered)
    assert promised(came(alfa, occurred_at=FRIDAY, at=LATER - timedelta(days=1))).kept_at == answered


def test_a_mail_that_was_none_from_the_client_is_owed_no_answer(alfa: Client) -> None:
    row = came(alfa)
    promise = promised(row)
    row.direction = Interaction.Direction.OUT
    change_interaction(row, at=FRIDAY)
    promise.refresh_from_db()
    assert (row.first_response, promise.withdrawn_at) == (None, FRIDAY)
    row.direction = Interaction.Direction.IN
    assert change_interaction(row, at=FRIDAY).first_response is not None


def test_what_a_routed_inquiry_was_told_is_the_first_answer(cast: Cast, alfa: Client) -> None:
    person = make_contact(alfa)
    row = came(alfa, contacts=[person])
    inquiry = Inquiry(
        client=alfa,
        contact=person,
        route="support",
        received_at=FRIDAY,
        text="How?",
        reply="Support calls",
        owner=cast.consultant,
    )
    route_inquiry(inquiry, by=cast.manager, at=FRIDAY + timedelta(minutes=5))
    assert promised(row).kept_at == FRIDAY + timedelta(minutes=5)
    assert inquiry.promise is not None
    assert inquiry.promise.kept_at is None


def test_a_program_that_logs_a_mail_promises_for_the_account_manager(cast: Cast, alfa: Client) -> None:
    robot = make_user(Role.INTEGRATION)
    assert promised(came(alfa, by=robot, employees=[])).made_by == cast.manager


def test_the_api_names_the_promise(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    body = {"client": alfa.pk, "kind": "email", "direction": "in", "occurred_at": datetime.now(UTC).isoformat()}
    made = api.post("/api/v1/interactions/", body).json()
    assert made["first_response"] == Promise.objects.get().pk
