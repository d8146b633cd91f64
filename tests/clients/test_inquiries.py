"""Inquiries without a direct channel: replied, owned, promised; they end as an answer or a sale; both are counted."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import Absence, Client, Inquiry
from clients.reports.inquiries import results
from clients.services.inquiries import Ending, end_inquiry, route_inquiry
from crm.models import User
from crm.people import hand_over, held_by
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_service_line, make_tiers, make_user

pytestmark = pytest.mark.django_db
INQUIRIES = "/api/v1/inquiries/"
NOW = timezone.now()


def routed(cast: Cast, client: Client | None = None, **kw: Any) -> Inquiry:
    client = client or make_client(account_manager=cast.manager)
    fields = {
        "route": "support",
        "received_at": NOW - timedelta(minutes=5),
        "text": "Is the server up?",
        "reply": "We call back",
        "owner": cast.manager,
        **kw,
    }
    return route_inquiry(Inquiry(client=client, **fields), by=cast.manager, at=NOW)


def test_an_inquiry_has_a_reply_an_owner_and_a_promise_within_the_first_response(cast: Cast) -> None:
    make_tiers()
    row = routed(cast)
    assert row.promise is not None
    assert (row.promise.made_by, row.promise.source) == (cast.manager, "sla")
    assert row.promise.due_at > NOW
    with pytest.raises(ValidationError) as refused:
        routed(cast, reply="")
    assert "reply" in refused.value.error_dict
    with pytest.raises(IntegrityError), transaction.atomic():
        Inquiry.objects.filter(pk=row.pk).update(reply="")
    gone = cast.finance
    gone.is_active = False
    gone.save()
    for wrong in ({"owner": gone}, {"received_at": NOW + timedelta(hours=1)}, {"contact": make_contact()}):
        with pytest.raises(ValidationError) as refused:
            routed(cast, **wrong)
        assert set(refused.value.error_dict) == set(wrong)


@pytest.mark.parametrize(
    ("ending", "field"),
    [
        (Ending(outcome="answered_free"), "answer"),
        (Ending(outcome="closed"), "answer"),
        (Ending(outcome="answered_free", answer="Yes", sold=Decimal(10)), "sold"),
        (Ending(outcome="offer", sold=Decimal(10)), "service"),
    ],
)
def test_an_ending_says_what_came_of_it(cast: Cast, ending: Ending, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        end_inquiry(routed(cast), ending, at=NOW)
    words = {"answer": "the answer was", "sold": "sells something", "service": "Say which service"}
    assert words[field] in str(refused.value)


def test_an_ending_keeps_the_promise_once(cast: Cast) -> None:
    row = end_inquiry(routed(cast), Ending(outcome="answered_free", answer="Yes", minutes=15), at=NOW)
    assert row.promise is not None
    row.promise.refresh_from_db()
    assert (row.promise.kept_at, row.ended_at) == (NOW, NOW)
    with pytest.raises(ValidationError) as refused:
        end_inquiry(row, Ending(outcome="closed", answer="No"), at=NOW)
    assert refused.value.code == "already_done"


def test_free_advice_is_counted_by_client_and_consultant_and_sales_by_service(cast: Cast) -> None:
    client, line = make_client(account_manager=cast.manager), make_service_line("it")
    for minutes in (15, 20):
        end_inquiry(routed(cast, client), Ending(outcome="answered_free", answer="Yes", minutes=minutes), at=NOW)
    other = routed(cast, client, owner=cast.partner)
    end_inquiry(other, Ending(outcome="offer", minutes=5, service_line=line, sold=Decimal(900)), at=NOW)
    old: datetime = NOW - timedelta(days=400)
    Inquiry.objects.filter(pk=routed(cast, client).pk).update(
        received_at=old, ended_at=old, outcome="closed", answer="x", minutes=99
    )
    found = results(cast.manager, at=NOW)
    assert [(row.client, row.owner, row.inquiries, row.minutes) for row in found.advice] == [
        (client, cast.manager, 2, 35),
        (client, cast.partner, 1, 5),
    ]
    assert [(row.service_line, row.currency, row.sold) for row in found.sales] == [(line, "EUR", Decimal(900))]


def test_inquiries_over_the_api(cast: Cast) -> None:
    client, line, api = make_client(account_manager=cast.manager), make_service_line("it"), make_api(cast.manager)
    body = {
        "client": client.pk,
        "route": "sales",
        "received_at": NOW.isoformat(),
        "text": "A second site?",
        "reply": "We call back",
        "owner": cast.manager.pk,
    }
    assert api.post(INQUIRIES, {**body, "reply": ""}).status_code == 400
    made = api.post(INQUIRIES, {**body, "answer_due_at": "2030-01-02"})
    assert made.status_code == 201, made.json()
    address = f"{INQUIRIES}{made.json()['id']}/"
    assert made.json()["promise"]
    assert api.post(address + "end/", {"outcome": "answered_free"}).status_code == 400
    inexact = api.post(address + "end/", {"outcome": "offer", "sold": 900.5, "service_line": line.pk}, format="json")
    assert inexact.json()["errors"][0]["attr"] == "sold"
    ended = api.post(address + "end/", {"outcome": "offer", "sold": "900", "service_line": line.pk})
    assert (ended.status_code, ended.json()["sold"]) == (200, "900.00")
    assert api.post(address + "end/", {"outcome": "closed", "answer": "x"}).status_code == 409
    stranger = make_api(cast.consultant)
    assert stranger.get(address).status_code == 404
    assert make_api(cast.finance).get(INQUIRIES).status_code == 403


def test_an_inquiry_is_routed_and_ended_on_pages(cast: Cast) -> None:
    client, browser = make_client(name="Brandl Bau", account_manager=cast.manager), signed_in(cast.manager)
    typed = {
        "client": "Brandl Bau",
        "channel": "call",
        "route": "hotline",
        "received_at": (timezone.localtime() - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M"),
        "text": "Is the server up?",
        "reply": "",
        "owner": cast.manager.pk,
    }
    wrong = browser.post(url("inquiry_new") + f"?client={client.pk}", typed)
    assert (wrong.status_code, "Is the server up?" in text_of(wrong)) == (422, True)
    assert browser.post(url("inquiry_new"), {**typed, "reply": "We call back"}).status_code == 302
    row = Inquiry.objects.get()
    assert "We call back" in text_of(browser.get(url("inquiry", row.pk)))
    assert browser.post(url("inquiry_end", row.pk), {"outcome": "closed"}).status_code == 422
    assert browser.post(url("inquiry_end", row.pk), {"outcome": "closed", "answer": "It is"}).status_code == 302
    assert "Is the server up?" in text_of(browser.get(url("inquiry_list") + "?search=brandl"))
    assert "Is the server up?" not in text_of(browser.get(url("inquiry_list") + "?is_open=true"))
    assert browser.get(url("inquiry_results")).status_code == 200
    file = browser.get(url("inquiry_list") + "?format=csv&headers=names")
    assert "Is the server up?" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    stranger = make_client(name="Foreign one")
    hidden = routed(cast, stranger, owner=cast.partner)
    Inquiry.objects.filter(pk=hidden.pk).update(logged_by=cast.partner)
    assert browser.get(url("inquiry", hidden.pk)).status_code == 404


@pytest.mark.parametrize("n", [2, 40])
def test_the_list_costs_the_same_whatever_its_length(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _number in range(n):
        routed(cast)
    browser = signed_in(cast.manager)
    browser.get(url("inquiry_list"))
    with django_assert_max_num_queries(20):
        browser.get(url("inquiry_list"))


def test_open_inquiries_go_to_a_successor_and_wait_for_the_deputy_of_an_absent_owner(cast: Cast) -> None:
    owner, deputy, successor = make_user(), make_user(), make_user()
    row, ended = (routed(cast, make_client(), owner=owner) for _number in range(2))
    end_inquiry(ended, Ending(outcome="closed", answer="Nothing came of it"), at=NOW)
    assert not Inquiry.objects.changeable_by(deputy).exists()
    Absence.objects.create(user=owner, from_on=timezone.localdate(), to_on=timezone.localdate(), deputy=deputy)
    assert set(Inquiry.objects.changeable_by(User.objects.get(pk=deputy.pk))) == {row, ended}
    assert {held.belonging.code: held.count for held in held_by(owner)}["inquiries"] == 1
    hand_over(owner, to=successor, on=timezone.localdate())
    row.refresh_from_db()
    ended.refresh_from_db()
    assert row.promise is not None
    assert (row.owner, row.promise.made_by, ended.owner) == (successor, successor, owner)
