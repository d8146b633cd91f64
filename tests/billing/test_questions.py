"""Question lists: gathered with estimates, turned into an offer with a booked session."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.test import Client as Browser

from billing.models import Offer, QuestionList
from billing.services.questions import add_question, close_list, offer_list, start_list
from clients.models import Client, Promise
from tests.make import Cast, make_api, make_client, make_engagement, make_rate
from tests.make.hours import AT

pytestmark = pytest.mark.django_db
SESSION = datetime(2026, 6, 17, 9, tzinfo=UTC)
ON = date(2026, 6, 10)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate(client.default_seller)
    return client


@pytest.fixture
def asked(cast: Cast, alfa: Client) -> QuestionList:
    row = start_list(QuestionList(client=alfa, title="After the migration"), by=cast.consultant)
    add_question(row, text="How do we restore a mailbox?", estimated_minutes=30, on=ON)
    add_question(row, text="Who renews the certificate?", estimated_minutes=45, on=ON)
    return row


def test_a_list_becomes_an_offer_with_a_promised_session(cast: Cast, asked: QuestionList) -> None:
    offer = offer_list(asked, session_at=SESSION, by=cast.consultant, at=AT)
    assert (offer.estimated_minutes, offer.hourly_rate, offer.price_includes_tax) == (75, Decimal("150.00"), True)
    assert list(offer.items.values_list("minutes", flat=True)) == [30, 45]
    asked.refresh_from_db()
    assert (asked.status, asked.offer, asked.session_at) == ("offered", offer, SESSION)
    promise = Promise.objects.get()
    assert (promise.due_at, promise.source, promise.made_by) == (SESSION, "project", cast.consultant)


def test_it_is_offered_once(cast: Cast, asked: QuestionList) -> None:
    offer_list(asked, session_at=SESSION, by=cast.consultant, at=AT)
    with pytest.raises(ValidationError) as refused:
        offer_list(asked, session_at=SESSION, by=cast.consultant, at=AT)
    assert refused.value.error_list[0].code == "wrong_status"
    assert Offer.objects.count() == 1


def test_an_empty_list_is_not_offered(cast: Cast, alfa: Client) -> None:
    row = start_list(QuestionList(client=alfa, title="Nothing"), by=cast.consultant)
    with pytest.raises(ValidationError):
        offer_list(row, session_at=SESSION, by=cast.consultant, at=AT)


def test_a_session_lies_ahead(cast: Cast, asked: QuestionList) -> None:
    with pytest.raises(ValidationError) as refused:
        offer_list(asked, session_at=AT, by=cast.consultant, at=AT)
    assert "session_at" in refused.value.error_dict


def test_a_closed_list_takes_no_question(asked: QuestionList) -> None:
    close_list(asked)
    with pytest.raises(ValidationError):
        add_question(asked, text="One more", estimated_minutes=5, on=ON)


def test_the_whole_way_through_the_api(cast: Cast, alfa: Client) -> None:
    api, url = make_api(cast.consultant), "/api/v1/question-lists/"
    row = api.post(url, {"client": alfa.pk, "title": "Later"}).json()
    added = api.post(f"{url}{row['id']}/questions/", {"text": "How?", "estimated_minutes": 20})
    assert added.json()["estimated_minutes"] == 20
    offered = api.post(f"{url}{row['id']}/offer/", {"session_at": "2999-01-01T09:00:00Z"}).json()
    assert (offered["status"], offered["offer"]) == ("offered", Offer.objects.get().pk)
    assert api.post(f"{url}{row['id']}/close/").status_code == 409
    assert make_api(cast.outsider).get(f"{url}{row['id']}/").status_code == 404


def test_the_whole_way_on_the_pages(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.consultant)
    client.post("/questions/new/", {"client": alfa.name, "title": "Later"})
    row = QuestionList.objects.get()
    url = f"/questions/{row.pk}/"
    assert client.post(url, {"text": "How?", "estimated_minutes": "half"}).status_code == 422
    client.post(url, {"text": "How?", "estimated_minutes": "0:30"})
    assert "0:30" in client.get(url).content.decode()
    response = client.post(f"{url}offer/", {"session_at": "2999-01-01T09:00"})
    assert response.headers["Location"] == f"/offers/{Offer.objects.get().pk}/"
    assert "Later" in client.get("/questions/", {"all": "1"}).content.decode()
