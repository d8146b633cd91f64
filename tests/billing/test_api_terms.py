"""Rates, engagements, locks and exchange rates through the API."""

from datetime import date
from typing import Any

import pytest

from billing.models import Engagement, PeriodLock, Rate
from clients.models import Client, ClientMember
from tests.billing.test_api_time import alfa
from tests.make import (
    Cast,
    log,
    make_api,
    make_client,
    make_engagement,
    make_rate,
    make_seller,
    make_time_lock,
    make_user,
)
from tests.statements import counted

__all__ = ["alfa"]
RATES, ENGAGEMENTS, LOCKS = "/api/v1/rates/", "/api/v1/engagements/", "/api/v1/period-locks/"
EXCHANGE = "/api/v1/exchange-rates/"


def errors_of(response: Any) -> list[tuple[str, str | None]]:
    return [(error["code"], error["attr"]) for error in response.json()["errors"]]


def test_a_rate_of_a_client_takes_currency_and_tax_from_the_company(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.finance)
    response = api.post(RATES, {"client": alfa.pk, "amount": "120.00", "valid_from": "2026-01-01"})
    assert response.status_code == 201, response.json()
    rate = response.json()
    assert (rate["currency"], rate["price_includes_tax"], rate["amount"]) == ("EUR", True, "120.00")
    changed = api.patch(f"{RATES}{rate['id']}/", {"valid_to": "2026-12-31"})
    assert changed.json()["valid_to"] == "2026-12-31"
    assert api.delete(f"{RATES}{rate['id']}/").status_code == 405


def test_rates_of_one_scope_never_overlap_and_have_one_scope(cast: Cast, alfa: Client) -> None:
    make_rate(client=alfa)
    api, body = make_api(cast.finance), {"client": alfa.pk, "amount": "120.00", "valid_from": "2026-01-01"}
    assert api.post(RATES, body).status_code == 400
    both = api.post(RATES, {**body, "employee": cast.consultant.pk})
    assert (both.status_code, Rate.objects.filter(employee=cast.consultant).exists()) == (400, False)
    assert errors_of(api.post(RATES, {**body, "valid_from": "2019-01-01", "amount": 120.5})) == [("float", "amount")]
    backwards = {**body, "valid_from": "2019-06-01", "valid_to": "2019-01-01"}
    assert errors_of(api.post(RATES, backwards)) == [("order", "valid_to")]


@pytest.mark.parametrize("members", [{}, {"a": 1}, "", None, 5])
def test_a_list_of_ids_is_a_list(cast: Cast, alfa: Client, members: Any) -> None:
    body = {"client": alfa.pk, "name": "Care", "lead": cast.manager.pk, "started_on": "2026-01-01", "members": members}
    response = make_api(cast.partner).post(ENGAGEMENTS, body)
    assert (response.status_code, {attr for _code, attr in errors_of(response)}) == (400, {"members"})
    assert not Engagement.objects.filter(name="Care").exists()


def test_who_sees_and_changes_rates(cast: Cast, alfa: Client) -> None:
    rate = make_rate(client=alfa)
    assert make_api(cast.consultant).get(RATES).status_code == 403
    assert make_api(cast.consultant).get(f"{RATES}{rate.pk}/").status_code == 404
    manager = make_api(cast.manager)
    assert manager.get(f"{RATES}{rate.pk}/").json()["amount"] == "150.00"
    assert manager.patch(f"{RATES}{rate.pk}/", {"amount": "1.00"}).status_code == 403
    hidden = make_rate(client=make_client())
    assert manager.get(f"{RATES}{hidden.pk}/").status_code == 404
    found = make_api(cast.partner).get(f"{RATES}?client={alfa.pk}&valid_on=2026-06-10").json()["results"]
    assert [row["id"] for row in found] == [rate.pk]


def test_an_engagement_makes_lead_and_members_work_for_the_client(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    body = {"client": alfa.pk, "name": "Migration", "lead": cast.manager.pk, "members": [cast.outsider.pk]}
    response = api.post(ENGAGEMENTS, body)
    assert response.status_code == 201, response.json()
    made = response.json()
    assert made["members"] == sorted([cast.manager.pk, cast.outsider.pk])
    assert ClientMember.objects.filter(client=alfa, user=cast.outsider, to_on=None).exists()
    url = f"{ENGAGEMENTS}{made['id']}/"
    assert api.patch(url, {"members": []}).json()["members"] == [cast.manager.pk]
    assert api.patch(url, {"name": "Migration II"}).json()["members"] == [cast.manager.pk]
    assert errors_of(api.patch(url, {"client": make_client().pk})) == [("made_once", "client")]
    assert (api.post(f"{url}close/").json()["status"], api.get(url).json()["status"]) == ("closed", "closed")
    assert errors_of(api.post(f"{url}close/")) == [("already_done", None)]


def test_engagements_of_foreign_clients_are_seen_by_members_and_changed_by_nobody_else(cast: Cast) -> None:
    foreign = make_engagement(make_client(), members=[cast.consultant])
    assert make_api(cast.consultant).get(f"{ENGAGEMENTS}{foreign.pk}/").status_code == 200
    assert make_api(cast.consultant).patch(f"{ENGAGEMENTS}{foreign.pk}/", {"name": "x"}).status_code == 403
    assert make_api(cast.manager).get(f"{ENGAGEMENTS}{foreign.pk}/").status_code == 404
    body = {"client": foreign.client_id, "name": "Mine", "lead": cast.manager.pk}
    assert make_api(cast.manager).post(ENGAGEMENTS, body).status_code == 403
    assert Engagement.objects.count() == 1


def test_engagements_narrow_by_present_member(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.partner)
    url = f"{ENGAGEMENTS}?member={cast.consultant.pk}"
    assert len(api.get(url).json()["results"]) == 1
    assert len(api.get(f"{ENGAGEMENTS}?member={cast.outsider.pk}").json()["results"]) == 0


def test_a_list_of_engagements_takes_the_same_statements_whatever_its_length(cast: Cast, alfa: Client) -> None:
    api, taken = make_api(cast.manager), set()
    api.get(ENGAGEMENTS)
    people = [make_user() for _number in range(3)]
    for count in (10, 50):
        while Engagement.objects.count() < count:
            make_engagement(alfa, lead=cast.manager, members=people)
        with counted() as statements:
            assert len(api.get(f"{ENGAGEMENTS}?page_size=500").json()["results"]) == count
        taken.add(len(statements))
    assert taken == {4}  # token, count, rows, members


def test_a_lock_closes_time_and_only_a_partner_opens_it_again(cast: Cast, alfa: Client) -> None:
    log(alfa, cast.consultant)
    finance, partner = make_api(cast.finance), make_api(cast.partner)
    made = finance.post(LOCKS, {"kind": "time", "locked_until_on": "2026-06-30"})
    assert (made.status_code, made.json()["made_by"]) == (201, cast.finance.pk)
    late = {"client": alfa.pk, "worked_on": "2026-06-10", "minutes": 60}
    refused = make_api(cast.consultant).post("/api/v1/time-entries/", late)
    assert (refused.status_code, errors_of(refused)) == (409, [("period_locked", None)])
    earlier = {"kind": "time", "locked_until_on": "2026-05-31"}
    assert finance.post(LOCKS, {**earlier, "reason": "late sheet"}).status_code == 403
    assert errors_of(partner.post(LOCKS, earlier)) == [("lock_reason_missing", "reason")]
    assert partner.post(LOCKS, {**earlier, "reason": "late sheet"}).status_code == 201
    assert make_api(cast.consultant).post("/api/v1/time-entries/", late).status_code == 201
    assert partner.patch(f"{LOCKS}{made.json()['id']}/", earlier).status_code == 405
    assert [row["locked_until_on"] for row in finance.get(LOCKS).json()["results"]] == ["2026-05-31", "2026-06-30"]


def test_documents_are_locked_for_one_company_and_consultants_lock_nothing(cast: Cast) -> None:
    api = make_api(cast.finance)
    body: dict[str, Any] = {"kind": "documents", "locked_until_on": "2026-06-30"}
    assert api.post(LOCKS, body).status_code == 400
    assert api.post(LOCKS, {**body, "seller": make_seller().pk}).status_code == 201
    assert api.post(LOCKS, {**body, "kind": "time", "seller": make_seller().pk}).status_code == 400
    assert make_api(cast.consultant).post(LOCKS, body).status_code == 403
    assert PeriodLock.objects.count() == 1


@pytest.mark.parametrize("query", ["updated_after=2026-01-01T00:00:00Z", "ordering=updated_at", "kind=x", "seller=x"])
def test_a_wrong_question_to_locks_is_never_a_500(cast: Cast, query: str) -> None:
    make_time_lock(date(2026, 1, 31))
    assert make_api(cast.finance).get(f"{LOCKS}?{query}").status_code in (200, 400)


def test_exchange_rates_are_exact_and_once_a_day_and_source(cast: Cast) -> None:
    api = make_api(cast.finance)
    body: dict[str, Any] = {"base": "EUR", "quote": "RUB", "rate": "98.1234567891", "valid_on": "2026-06-10"}
    made = api.post(EXCHANGE, {**body, "source": "cbr"})
    assert (made.status_code, made.json()["rate"]) == (201, "98.1234567891")
    assert api.post(EXCHANGE, {**body, "source": "cbr"}).status_code == 400
    assert errors_of(api.post(EXCHANGE, {**body, "rate": 98.5})) == [("float", "rate")]
    assert api.post(EXCHANGE, {**body, "rate": "0"}).status_code == 400
    assert make_api(cast.manager).get(EXCHANGE).status_code == 403
