"""Offers and retainers through the API: versions, signatures, comparison, fees, and who sees prices."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from billing.models import Invoice, Offer, OfferSignature, Retainer
from clients.models import Client, Seller
from tests.billing.test_api_time import alfa
from tests.make import Cast, make_api, make_client, make_contact
from tests.make.invoices import make_rate_of, make_series
from tests.make.offers import make_offer
from tests.make.retainers import make_retainer
from tests.statements import counted

__all__ = ["alfa"]
OFFERS, RETAINERS = "/api/v1/offers/", "/api/v1/retainers/"
ANSWERS = "/api/v1/rate-change-answers/"


def codes(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def soon(days: int = 14) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def offer(client: Client, **kw: Any) -> dict[str, Any]:
    return {"client": client.pk, "title": "Second server", "hourly_rate": "150.00", "estimated_minutes": 240, **kw}


def test_an_offer_is_drafted_sent_and_accepted(cast: Cast, alfa: Client) -> None:
    assert alfa.default_seller
    make_series(alfa.default_seller)
    api = make_api(cast.manager)
    made = api.post(OFFERS, offer(alfa, lead=cast.consultant.pk))
    assert made.status_code == 201, made.json()
    draft, url = made.json(), f"{OFFERS}{made.json()['id']}/"
    assert (draft["currency"], draft["price_includes_tax"], draft["status"]) == ("EUR", True, "draft")
    assert (draft["tolerance_percent"], draft["valid_until"], draft["basis"]) == ("15.00", soon(), "actual")
    sent = api.post(f"{url}send/", {}).json()
    assert (sent["status"], sent["version"]) == ("sent", 1)
    assert sent["number"]
    assert codes(api.patch(url, {"title": "Third server"})) == [("wrong_status", None)]
    accepted = api.post(f"{url}accept/", {"by_name": "Petra Hofmann"}).json()
    assert (accepted["status"], accepted["signed_minutes"]) == ("accepted", 240)
    signature = OfferSignature.objects.get()
    assert (signature.by_name, signature.recorded_by) == ("Petra Hofmann", cast.manager)
    assert Offer.objects.get().engagements.get().lead == cast.consultant
    again = api.post(f"{url}accept/", {"by_name": "Petra Hofmann"})
    assert (again.status_code, codes(again)) == (409, [("already_done", None)])
    assert api.post(f"{url}close/", {"reason": "delivered"}).json()["status"] == "closed"
    assert api.post(f"{url}close/", {"reason": "delivered"}).status_code == 409
    assert api.get(f"{url}pdf/").content.startswith(b"%PDF")


def test_parts_make_the_estimate_and_change_with_the_draft(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    items = [{"description": "Set-up", "minutes": 180}, {"description": "Training", "minutes": 60}]
    made = api.post(OFFERS, offer(alfa, items=items, estimated_minutes=5)).json()
    assert (made["estimated_minutes"], made["items"], made["author"]) == (240, items, cast.consultant.pk)
    url = f"{OFFERS}{made['id']}/"
    assert api.patch(url, {"items": items[:1]}).json()["estimated_minutes"] == 180
    assert api.patch(url, {"title": "New"}).json()["items"] == items[:1]
    assert codes(api.patch(url, {"items": [{"description": "x", "minutes": -1}]})) == [("min_value", "items.0.minutes")]
    assert codes(api.patch(url, {"client": make_client().pk})) == [("does_not_exist", "client")]
    assert api.post(f"{url}send/", {}).status_code == 403


def test_a_revision_is_a_new_version_and_a_declined_one_restores_the_old(cast: Cast, alfa: Client) -> None:
    assert alfa.default_seller
    make_series(alfa.default_seller)
    api = make_api(cast.partner)
    first = f"{OFFERS}{api.post(OFFERS, offer(alfa)).json()['id']}/"
    api.post(f"{first}send/", {})
    api.post(f"{first}accept/", {"by_name": "Petra Hofmann"})
    revised = api.post(f"{first}revise/", {"estimated_minutes": 360})
    assert revised.status_code == 201
    assert (revised.json()["version"], revised.json()["estimated_minutes"]) == (2, 360)
    assert codes(api.post(f"{first}revise/", {"estimated_minutes": 400})) == [("already_done", None)]
    second = f"{OFFERS}{revised.json()['id']}/"
    assert api.post(f"{second}send/", {}).json()["number"] == api.get(first).json()["number"]
    assert api.get(first).json()["status"] == "superseded"
    assert api.post(f"{second}decline/", {}).json()["status"] == "declined"
    assert api.get(first).json()["status"] == "accepted"


@pytest.mark.parametrize(
    ("wrong", "code", "attr"),
    [
        ({"hourly_rate": 150.5}, "float", "hourly_rate"),
        ({"hourly_rate": "-1.00"}, "min_value", "hourly_rate"),
        ({"hourly_rate": None}, "invalid", "hourly_rate"),
        ({"basis": "fixed"}, "invalid", "hourly_rate"),
        ({"estimated_minutes": -5}, "min_value", "estimated_minutes"),
        ({"estimated_minutes": 10**9}, "max_value", "estimated_minutes"),
        ({"valid_until": "soon"}, "invalid", "valid_until"),
        ({"title": ""}, "blank", "title"),
        ({"title": "x" * 201}, "max_length", "title"),
        ({"text": "a\7"}, "control_character", "text"),
        ({"items": {}}, "not_a_list", "items.non_field_errors"),
        ({"lead": "me"}, "incorrect_type", "lead"),
    ],
)
def test_a_wrong_offer_names_its_field(cast: Cast, alfa: Client, wrong: dict[str, Any], code: str, attr: str) -> None:
    response = make_api(cast.partner).post(OFFERS, offer(alfa, **wrong))
    assert (response.status_code, codes(response)) == (400, [(code, attr)])


def test_an_offer_past_its_day_is_not_sent(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.partner)
    made = api.post(OFFERS, offer(alfa, valid_until="2020-01-01")).json()
    refused = api.post(f"{OFFERS}{made['id']}/send/", {})
    assert (refused.status_code, codes(refused)) == (400, [("expired", "valid_until")])
    assert codes(api.post(f"{OFFERS}{made['id']}/accept/", {})) == [("required", "by_name")]
    assert api.post(f"{OFFERS}{made['id']}/accept/", {"by_name": "P"}).status_code == 409


def test_who_writes_offers_for_whom(cast: Cast, alfa: Client) -> None:
    foreign = make_client()
    assert make_api(cast.manager).post(OFFERS, offer(foreign)).status_code == 403
    assert make_api(cast.consultant).post(OFFERS, offer(foreign)).status_code == 400
    assert make_api(cast.finance).post(OFFERS, offer(alfa)).status_code == 403
    row = make_offer(alfa)
    consultant, url = make_api(cast.consultant), f"{OFFERS}{row.pk}/"
    assert consultant.get(url).json()["hourly_rate"] == "150.00"
    assert consultant.patch(url, {"title": "Mine"}).status_code == 403
    Seller.objects.update(consultants_see_rates=False)
    assert consultant.get(url).json()["hourly_rate"] is None
    assert consultant.get(f"{url}pdf/").status_code == 404
    assert make_api(cast.outsider).get(url).status_code == 404


def test_the_link_to_sign_is_told_once(cast: Cast, alfa: Client) -> None:
    row = make_offer(alfa, contact=make_contact(alfa), valid_until=timezone.localdate())
    api, url = make_api(cast.manager), f"{OFFERS}{row.pk}/"
    assert api.post(f"{url}link/").status_code == 409
    api.post(f"{url}send/", {})
    links = {api.post(f"{url}link/").json()["url"] for _number in range(2)}
    assert len(links) == 2
    assert all(link.startswith("http://testserver/") for link in links)


def test_lists_take_the_same_statements_whatever_their_length(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    for url, make, model, statements_of in (
        (OFFERS, make_offer, Offer, 5),  # token, count, rows, items, VAT of the country
        (RETAINERS, make_retainer, Retainer, 4),  # token, count, rows, service lines
    ):
        api.get(url)
        for count in (10, 50):
            while model.objects.count() < count:
                make(alfa)
            with counted() as statements:
                assert len(api.get(f"{url}?page_size=500").json()["results"]) == count
            assert len(statements) == statements_of


def retainer(client: Client, **kw: Any) -> dict[str, Any]:
    return {
        "client": client.pk,
        "name": "Audit",
        "monthly_fee": "80000.00",
        "term_months": 12,
        "starts_on": "2026-01-01",
        **kw,
    }


def test_a_retainer_is_compared_with_a_one_off_order(cast: Cast) -> None:
    client = make_client(country="RU", language="ru", account_manager=cast.manager)
    api = make_api(cast.manager)
    made = api.post(RETAINERS, retainer(client, one_off_price="1000000.00"))
    assert made.status_code == 201, made.json()
    assert (made.json()["currency"], made.json()["status"]) == ("RUB", "active")
    found = api.get(f"{RETAINERS}{made.json()['id']}/comparison/").json()
    assert (found["retainer_total"], found["one_off_price"]) == ("960000.00", "1000000.00")
    assert (found["saving"], found["saving_percent"], found["note"]) == ("40000.00", "4.0", None)
    assert len(found["cash"]) == 12
    assert found["cash"][-1]["difference_so_far"] == "-40000.00"


def test_without_a_one_off_price_there_is_nothing_to_compare(cast: Cast, alfa: Client) -> None:
    row = make_retainer(alfa)
    found = make_api(cast.manager).get(f"{RETAINERS}{row.pk}/comparison/").json()
    assert (found["saving"], found["cash"]) == (None, None)
    assert found["note"] == "The one-off price is not known."
    Seller.objects.update(consultants_see_rates=False)
    make_api(cast.consultant)
    shown = make_api(cast.consultant).get(f"{RETAINERS}{row.pk}/").json()
    assert (shown["monthly_fee"], shown["included_minutes"]) == (None, 0)


def test_fees_that_are_due_are_drafted_once(cast: Cast) -> None:
    client = make_client(country="RU", language="ru", account_manager=cast.manager)
    make_rate_of("EUR", "RUB", "92.40", on=date(2026, 1, 1))
    start = timezone.localdate().replace(day=1)
    made = make_api(cast.manager).post(
        RETAINERS, retainer(client, starts_on=start.isoformat(), included_minutes=600, one_off_price="1.00")
    )
    api, url = make_api(cast.finance), f"{RETAINERS}{made.json()['id']}/"
    drafted = api.post(f"{url}draft-fees/")
    assert (drafted.status_code, len(drafted.json()["drafts"])) == (201, 1)
    assert drafted.json()["drafts"][0]["gross_amount"] == "80000.00"
    assert api.post(f"{url}draft-fees/").json() == {"drafts": [], "waiting": []}
    (period,) = api.get(f"{url}periods/").json()["results"]
    assert (period["fee"], period["balance_minutes"]) == ("80000.00", 600)
    assert period["invoice"] == Invoice.objects.get().pk
    assert make_api(cast.outsider).post(f"{url}draft-fees/").status_code == 404


def test_a_contract_is_renewed_and_ends_by_its_last_day(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    url = f"{RETAINERS}{api.post(RETAINERS, retainer(alfa)).json()['id']}/"
    assert api.post(f"{url}renew/", {"months": 6}).json()["term_months"] == 18
    assert codes(api.post(f"{url}renew/", {"months": 0})) == [("min_value", "months")]
    assert codes(api.patch(url, {"status": "ended"})) == [("invalid_choice", "status")]
    assert codes(api.patch(url, {"starts_on": "2026-02-01"})) == [("made_once", "starts_on")]
    assert api.patch(url, {"monthly_fee": "90000.00"}).json()["monthly_fee"] == "90000.00"
    assert api.post(f"{url}end/", {"ended_on": soon()}).json()["ended_on"] == soon()
    assert codes(api.post(f"{url}end/", {"ended_on": soon()})) == [("already_done", None)]


@pytest.mark.parametrize(
    ("wrong", "code", "attr"),
    [
        ({"monthly_fee": "-1.00"}, "invalid", "monthly_fee"),
        ({"monthly_fee": 80000.5}, "float", "monthly_fee"),
        ({"term_months": 0}, "min_value", "term_months"),
        ({"term_months": 10**6}, "max_value", "term_months"),
        ({"fee_months": 2}, "invalid_choice", "fee_months"),
        ({"included_minutes": -1}, "min_value", "included_minutes"),
        ({"rollover": "always"}, "invalid_choice", "rollover"),
        ({"starts_on": "0000-01-01"}, "invalid", "starts_on"),
        ({"status": "ended"}, "invalid_choice", "status"),
    ],
)
def test_a_wrong_retainer_names_its_field(
    cast: Cast, alfa: Client, wrong: dict[str, Any], code: str, attr: str
) -> None:
    response = make_api(cast.manager).post(RETAINERS, retainer(alfa, **wrong))
    assert response.status_code == 400
    assert codes(response) == [(code, attr)]


def test_the_question_about_vat_is_answered_once(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.finance)
    body: dict[str, Any] = {
        "client": alfa.pk,
        "agreement": "retainer:7",
        "agreed_percent": "20.00",
        "new_percent": "22.00",
        "choice": "price_stays",
    }
    made = api.post(ANSWERS, body)
    assert (made.status_code, made.json()["made_by"]) == (201, cast.finance.pk)
    again = api.post(ANSWERS, body)
    assert (again.status_code, codes(again)[0][0]) == (409, "already_done")
    assert codes(api.post(ANSWERS, {**body, "choice": "maybe"})) == [("invalid_choice", "choice")]
    assert make_api(cast.manager).get(ANSWERS).json()["results"] == [made.json()]
    assert make_api(cast.manager).post(ANSWERS, body).status_code == 403
    assert Decimal(made.json()["new_percent"]) == 22


def test_a_part_without_description_is_refused_on_a_change_too(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.partner)
    made = api.post(OFFERS, offer(alfa)).json()
    response = api.patch(f"{OFFERS}{made['id']}/", {"items": [{"minutes": 30}]})
    assert (response.status_code, codes(response)) == (400, [("required", "items")])
