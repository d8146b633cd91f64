"""A gross price whose VAT has changed: the question stands where drafting stops and is answered there, once."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Invoice, Offer, RateChangeAnswer
from clients.models import Client, Seller
from clients.services.facts import add_member
from tests.make import Cast, browser_of, make_api, make_client
from tests.make.hours import make_rate
from tests.make.invoices import make_series, make_work
from tests.make.offers import make_accepted_offer

pytestmark = pytest.mark.django_db
DRAFT = "billing:invoice_draft"
ANSWER = "billing:rate_answer"


@pytest.fixture
def russian() -> Client:
    """An hour at 6000.00 with the 20 % of 2025 inside, worked under the 22 % of 2026."""
    client = make_client(country="RU")
    assert client.default_seller is not None
    make_series(client.default_seller)
    rate = make_rate(client.default_seller, client=client, amount=Decimal("6000.00"), valid_from=date(2025, 6, 1))
    make_work(client, minutes=60, rate="6000.00", rate_source=f"client:{rate.pk}")
    return client


def asked(shown: Any) -> str:
    found = re.search(r'name="question_key" value="([^"]+)"', shown.content.decode())
    assert found
    return found[1]


def questions_in_main_form(shown: Any) -> list[str]:
    """Buttons of a question that Enter in a field of the form around it could press; there are two questions."""
    buttons = re.findall(r'<button[^>]*name="choice"[^>]*>', shown.content.decode())
    assert len(buttons) == 2
    assert shown.content.decode().count('id="rate-answer"') == 1
    return [button for button in buttons if 'form="rate-answer"' not in button]


def chosen(client: Client) -> dict[str, Any]:
    return {"client": client.pk, "through": "2026-03-31", "grouping": "engagement"}


def test_rate_answer_on_top_goes_on_with_preview_and_draft(client: Browser, cast: Cast, russian: Client) -> None:
    client.force_login(cast.finance)
    stopped = client.post(reverse(DRAFT), chosen(russian))
    assert stopped.status_code == 422
    words = stopped.content.decode()
    assert "Its price contains 20% VAT, now it is 22%." in words
    assert "an hour, valid since" in words
    answer = client.post(reverse(ANSWER), {"question_key": asked(stopped), "choice": "vat_on_top"}, follow=True)
    assert answer.context["plans"][0].totals.gross_amount == Decimal("6100.00")
    client.post(reverse(DRAFT), chosen(russian))
    draft = Invoice.objects.get()
    assert (draft.net_amount, draft.vat_amount) == (Decimal("5000.00"), Decimal("1100.00"))


def test_rate_answer_is_given_once(client: Browser, cast: Cast, russian: Client) -> None:
    client.force_login(cast.partner)
    shown = client.get(reverse(DRAFT), chosen(russian))
    assert not questions_in_main_form(shown)
    key = asked(shown)
    for choice in ("price_stays", "vat_on_top"):
        client.post(reverse(ANSWER), {"question_key": key, "choice": choice})
    assert RateChangeAnswer.objects.get().choice == "price_stays"
    client.post(reverse(DRAFT), chosen(russian))
    assert Invoice.objects.get().gross_amount == Decimal("6000.00")


def test_rate_answer_takes_only_a_question_that_was_asked(client: Browser, cast: Cast, russian: Client) -> None:
    client.force_login(cast.finance)
    key = asked(client.get(reverse(DRAFT), chosen(russian)))
    for wrong in ({"question_key": key + "x", "choice": "price_stays"}, {"question_key": key, "choice": "maybe"}, {}):
        assert client.post(reverse(ANSWER), wrong).status_code == 400
    assert not RateChangeAnswer.objects.exists()


def test_a_fixed_price_asks_where_it_is_invoiced(client: Browser, cast: Cast) -> None:
    buyer = make_client(country="RU")
    terms = {"basis": "fixed", "fixed_price": Decimal("12000.00"), "hourly_rate": None}
    offer = make_accepted_offer(buyer, lead=cast.consultant, **terms)
    Offer.objects.filter(pk=offer.pk).update(decided_at="2025-12-01T12:00:00Z")
    url = reverse("billing:offer_invoice", args=[offer.pk])
    client.force_login(cast.consultant)
    told = client.post(url, {"what": "rest"}).content.decode()
    assert "Finance or a partner answers it once." in told
    assert "VAT goes on top of the net price" not in told
    client.force_login(cast.finance)
    stopped = client.post(url, {"what": "rest"})
    assert not questions_in_main_form(stopped)
    back = client.post(reverse(ANSWER), {"question_key": asked(stopped), "choice": "vat_on_top"})
    assert back.url == url  # type: ignore[attr-defined]
    client.post(url, {"what": "rest"})
    assert Invoice.objects.get().gross_amount == Decimal("12200.00")


def test_the_api_names_what_the_answer_must_name(cast: Cast, russian: Client) -> None:
    api = make_api(cast.finance)
    refused = api.post("/api/v1/invoices/draft/", {"client": russian.pk, "through": "2026-03-31"})
    error = refused.json()["errors"][0]
    assert (refused.status_code, error["code"]) == (409, "needs_decision")
    assert "agreed with 20 % VAT, now it is 22 %" in error["detail"]
    agreement = re.search(r"rate:\d+", error["detail"])
    assert agreement
    body = {"client": russian.pk, "agreement": agreement[0], "agreed_percent": "20", "new_percent": "22"}
    assert api.post("/api/v1/rate-change-answers/", {**body, "choice": "price_stays"}).status_code == 201
    made = api.post("/api/v1/invoices/draft/", {"client": russian.pk, "through": "2026-03-31"})
    assert made.json()["drafts"][0]["gross_amount"] == "6000.00"


def test_a_rate_is_named_with_its_amount_to_those_alone_who_answer(cast: Cast, russian: Client) -> None:
    add_member(client=russian, user=cast.consultant, on=date(2026, 1, 1))
    url, today = reverse(DRAFT), chosen(russian)
    for user, told in ((cast.consultant, False), (cast.finance, True)):
        words = browser_of(user).get(url, today).content.decode()
        assert "an hour, valid since" in words
        assert bool(re.search(r"6\s000", words)) is told
    refused = make_api(cast.consultant).post("/api/v1/invoices/draft/", {"client": russian.pk, "through": "2026-03-31"})
    assert refused.json()["errors"][0]["code"] == "needs_decision"
    assert not re.search(r"6\s?000", refused.content.decode())


@pytest.mark.parametrize("is_let", [True, False])
def test_a_preview_shows_prices_to_consultants_whom_the_company_lets_see_them(cast: Cast, is_let: bool) -> None:
    client = make_client()
    add_member(client=client, user=cast.consultant, on=date(2026, 1, 1))
    make_work(client, minutes=60, rate="150.00")
    Seller.objects.update(consultants_see_rates=is_let)
    for user, told in ((cast.consultant, is_let), (cast.finance, True)):
        shown = browser_of(user).get(reverse(DRAFT), chosen(client))
        assert shown.context["plans"]
        assert ("150.00" in shown.content.decode()) is told
        assert ("Total, VAT inside" in shown.content.decode()) is told
