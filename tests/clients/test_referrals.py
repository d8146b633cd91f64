"""Referrals: who sent us a client, through the API and on the card, and who may see what it has brought."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.models import Client, Referral
from clients.services.referrals import save_referral, write_referred
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact

pytestmark = pytest.mark.django_db
PATH = "/api/v1/referrals/"
DAY = date(2026, 1, 15)


def referred(by: Client, client: Client | None = None, **kw: Any) -> Referral:
    row = Referral(contact=make_contact(by), client=client or make_client(), **{"referred_on": DAY, **kw})
    return save_referral(row, on=timezone.localdate())


def test_the_referrer_stays_when_the_contact_changes_employer() -> None:
    magnet = make_client()
    row = referred(magnet)
    assert row.referrer == magnet
    assert row.contact is not None
    row.contact.client = make_client()
    row.contact.save()
    row.note = "Met at a fair"
    assert save_referral(row, on=timezone.localdate()).referrer == magnet


def test_a_client_is_referred_once_and_never_by_itself_nor_tomorrow() -> None:
    magnet, new = make_client(), make_client()
    referred(magnet, new)
    tomorrow = timezone.localdate() + timedelta(days=1)
    for wrong, field in (
        ({"client": new}, "client"),
        ({"client": magnet}, "client"),
        ({"referred_on": tomorrow}, None),
    ):
        with pytest.raises(ValidationError) as refused:
            referred(magnet, **wrong)
        assert set(refused.value.error_dict) == {field or "referred_on"}


def test_a_referral_is_made_over_the_api_by_who_keeps_one_of_the_two(cast: Cast) -> None:
    mine, foreign, new = make_client(account_manager=cast.manager), make_client(), make_client()
    api = make_api(cast.manager)
    body = {"contact": make_contact(mine).pk, "client": new.pk, "referred_on": "2026-01-15"}
    made = api.post(PATH, body)
    assert made.status_code == 201, made.json()
    assert (made.json()["referrer"], made.json()["revenue_since"]) == (mine.pk, None)
    again = api.post(PATH, body)
    assert (again.status_code, again.json()["errors"][0]["attr"]) == (400, "client")
    assert api.post(PATH, {**body, "contact": make_contact(foreign).pk, "client": foreign.pk}).status_code in (400, 403)
    assert api.post(PATH, {**body, "contact": make_contact(foreign).pk, "client": make_client().pk}).status_code == 403
    missing = api.post(PATH, {"client": mine.pk, "referred_on": "2026-01-15"})
    assert (missing.status_code, missing.json()["errors"][0]["attr"]) == (400, "contact")
    assert make_api(cast.consultant).get(PATH).status_code == 403


def test_what_a_referred_client_brought_is_seen_by_who_sees_its_amounts(cast: Cast) -> None:
    magnet = make_client(name="Magnet", account_manager=cast.manager)
    own, foreign = make_client(name="Own", account_manager=cast.manager), make_client(name="Foreign")
    for row in (referred(magnet, own), referred(magnet, foreign)):
        write_referred({row.pk: (Decimal(7000), Decimal(3000))}, as_of=DAY)
    rows = make_api(cast.manager).get(f"{PATH}?referrer={magnet.pk}").json()["results"]
    assert {row["client"]: row["revenue_since"] for row in rows} == {own.pk: "7000.00", foreign.pk: None}
    assert {row["revenue_since"] for row in make_api(cast.partner).get(PATH).json()["results"]} == {"7000.00"}
    text = text_of(signed_in(cast.partner).get(url("client_referrals", magnet.pk)))
    assert "Own" in text
    assert "14" in text
    assert "Magnet" in text_of(signed_in(cast.partner).get(url("client_referrals", own.pk)))


@pytest.mark.parametrize("n", [2, 30])
def test_referrals_cost_the_same_whatever_their_number(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    magnet = make_client(account_manager=cast.manager)
    for _ in range(n):
        referred(magnet)
    api = make_api(cast.manager)
    api.get(PATH)
    with django_assert_max_num_queries(6):
        assert len(api.get(f"{PATH}?page_size=500").json()["results"]) == n


def test_a_referral_is_written_down_and_deleted_on_the_card(cast: Cast) -> None:
    magnet, new = make_client(name="Magnet", account_manager=cast.manager), make_client(name="Newcomer")
    person, browser = make_contact(magnet), signed_in(cast.manager)
    typed = {"contact": person.pk, "client": "Newcomer", "referred_on": "2026-01-15"}
    assert browser.post(url("referral_new", magnet.pk), {**typed, "contact": ""}).status_code == 422
    assert browser.post(url("referral_new", magnet.pk), typed).status_code == 302
    row = Referral.objects.get()
    assert (row.client, row.referrer) == (new, magnet)
    assert url("client_referrals", magnet.pk) in browser.get(url("client", magnet.pk)).content.decode()
    assert signed_in(cast.finance).post(url("referral_delete", row.pk)).status_code == 403
    assert browser.post(url("referral_delete", row.pk)).status_code == 302
    assert not Referral.objects.exists()
