"""Answers that are owed on working days only, and warnings whose words are ready in the client's language."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from clients.services.calendars import country_holidays
from clients.services.feedback import first_response_due
from clients.services.warnings import warning_mail
from tests.make import Cast, browser_of, make_client, make_contact, make_promised, make_tiers

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("country", "expected"),
    [
        ("DE", datetime(2026, 5, 4, 11, tzinfo=UTC)),  # the first of May is free, then comes a weekend
        ("RU", datetime(2026, 5, 4, 11, tzinfo=UTC)),
        ("US", datetime(2026, 5, 1, 11, tzinfo=UTC)),
    ],
)
def test_an_answer_is_not_due_on_a_public_holiday_of_our_company(country: str, expected: datetime) -> None:
    make_tiers()
    client = make_client(tier="a")
    client.default_seller, client.country = None, country
    evening = datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert first_response_due(client, at=evening) == expected


def test_an_unknown_country_has_no_holidays() -> None:
    assert country_holidays("XX", [2026]) == frozenset()


def test_a_warning_is_ready_in_the_language_of_the_person(cast: Cast) -> None:
    client = make_client(language="ru", account_manager=cast.manager)
    person = make_contact(client, language="de", email="j+x@b.example")
    mail = warning_mail(make_promised(client, by=cast.manager, contact=person, text="Memo & more"))
    assert mail.body.startswith("Guten Tag, Jonas Brandl")
    assert "Memo & more" in mail.body
    asked = parse_qs(urlsplit(mail.url).query)
    assert (asked["body"], asked["subject"]) == ([mail.body], [mail.subject])
    assert urlsplit(mail.url).path == "j%2Bx%40b.example"
    assert warning_mail(make_promised(client, by=cast.manager)).body.startswith("Здравствуйте")


def test_promise_redate_offers_the_text_and_the_mail(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager, language="de")
    promise = make_promised(client, by=cast.manager, contact=make_contact(client))
    answer = browser_of(cast.manager).get(reverse("clients:promise_redate", args=[promise.pk]))
    assert "mailto:j%40brandl.example" in answer.content.decode()
    assert "we%20promised%20you" in answer.content.decode()
    assert not answer.context["form"]["words"].value()  # a text that nobody typed is no conversation
