"""The REST resources of the clients floor: the contract's fields and acts, and what each role may not see."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, Contact, Interaction, TierChange
from clients.services.facts import add_member, write_figures
from tests.make import (
    Cast,
    make_api,
    make_call,
    make_client,
    make_contact,
    make_promised,
    make_tiers,
    make_value,
)

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def codes(response: Any) -> set[tuple[str, str | None]]:
    return {(error["code"], error["attr"]) for error in response.json()["errors"]}


def valued(**kw: Any) -> Client:
    client = make_value(make_client(**kw), "12300.50")
    today = timezone.localdate()
    write_figures("revenue", {client.pk: {"revenue_12m": Decimal(5000), "margin_12m": Decimal(900)}}, as_of=today)
    write_figures("health", {client.pk: {"health_score": 74, "health_band": "amber"}}, as_of=today)
    return client


def test_a_client_is_made_read_and_changed(cast: Cast) -> None:
    api = make_api(cast.manager)
    body = {"name": "Isar Logistik AG", "country": "DE", "currency": "EUR", "vat_id": "DE 136 695 976", "tier": "b"}
    made = api.post(f"{V1}/clients/", {**body, "account_manager": cast.manager.pk})
    assert made.status_code == 201, made.json()
    assert (made.json()["vat_id"], made.json()["status"]) == ("DE136695976", "prospect")
    url = f"{V1}/clients/{made.json()['id']}/"
    changed = api.patch(url, {"city": "München"})
    assert changed.json()["city"] == "München"
    assert api.get(url).headers["ETag"] == changed.headers["ETag"]
    assert api.patch(url, {"city": "Bonn"}, HTTP_IF_MATCH=made.headers.get("ETag", '"old"')).status_code == 412


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"vat_id": "DE136695977"}, "vat_id"),
        ({"country": "RU", "tax_number": "7707083894"}, "tax_number"),
        ({"country": "DE", "tax_number": "143/815"}, "tax_number"),
        ({"e_invoice": "xrechnung", "buyer_reference": "04011000-12345-04"}, "buyer_reference"),
        ({"e_address": "991-03730-20"}, "e_address"),
        ({"registration_reason": "12"}, "registration_reason"),
        ({"currency": "euro"}, "currency"),
        ({"name": "x" * 161}, "name"),
        ({"name": "Alfa\r\nBcc: x@evil.example"}, "name"),
        ({"city": "\x1b[31mBonn"}, "city"),
        ({"notes": "one line\nanother\x07"}, "notes"),
        ({"account_manager": 10**30}, "account_manager"),
    ],
)
def test_a_wrong_field_of_a_client_is_named(cast: Cast, body: dict[str, Any], field: str) -> None:
    response = make_api(cast.partner).post(f"{V1}/clients/", {"name": "Alfa", **body})
    assert response.status_code == 400
    assert field in {attr for _code, attr in codes(response)}


def test_the_tier_changes_by_a_partner_alone_and_leaves_its_reason(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager, tier="c")
    url = f"{V1}/clients/{client.pk}/"
    assert make_api(cast.manager).patch(url, {"tier": "vip"}).status_code == 403
    assert make_api(cast.partner).patch(url, {"tier": "vip", "reason": "new group"}).json()["tier"] == "vip"
    change = TierChange.objects.get()
    assert (change.old, change.new, change.reason, change.made_by) == ("c", "vip", "new group", cast.partner)


def test_each_role_sees_what_it_may_of_a_client(cast: Cast) -> None:
    client = valued(account_manager=cast.manager, industry="Shipping")
    foreign = valued(industry="Shipping")
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))

    def seen(user: Any, row: Client) -> Any:
        response = make_api(user).get(f"{V1}/clients/{row.pk}/")
        return response.json() if response.status_code == 200 else response.status_code

    own = seen(cast.manager, client)
    assert (own["figures"]["simple_value"], own["figures"]["health_score"], own["industry"]) == (
        "12300.50",
        74,
        "Shipping",
    )
    card = seen(cast.manager, foreign)
    assert (card["name"], card["tier"], card["industry"], card["billing_email"]) == (foreign.name, "b", None, None)
    assert {card["figures"][name] for name in ("simple_value", "revenue_12m", "health_score", "value_band")} == {None}
    worker = seen(cast.consultant, client)["figures"]
    assert (worker["simple_value"], worker["revenue_12m"], worker["margin_12m"]) == (None, None, None)
    assert (worker["value_band"], worker["health_score"]) == (["10000.00", "50000.00"], 74)
    money = seen(cast.finance, foreign)["figures"]
    assert (money["simple_value"], money["revenue_12m"], money["health_score"]) == ("12300.50", "5000.00", None)
    assert seen(cast.consultant, foreign) == 404
    assert seen(cast.outsider, client) == 404
    assert seen(cast.partner, foreign)["figures"]["margin_12m"] == "900.00"


def test_a_filter_or_order_betrays_no_hidden_number(cast: Cast) -> None:
    valued(name="Foreign", account_manager=cast.partner)
    mine = valued(name="Mine", account_manager=cast.manager)
    api = make_api(cast.manager)
    rows = api.get(f"{V1}/clients/?value_min=1").json()["results"]
    assert [row["id"] for row in rows] == [mine.pk]
    assert [row["name"] for row in api.get(f"{V1}/clients/?ordering=value").json()["results"]] == ["Mine", "Foreign"]
    assert [row["name"] for row in api.get(f"{V1}/clients/?ordering=-value").json()["results"]] == ["Mine", "Foreign"]


def test_clients_are_searched_filtered_and_listed_by_change(cast: Cast) -> None:
    alfa = make_client(name="Северный Причал", tier="vip", country="RU", external_source="odoo", external_id="7")
    make_client(name="Brandl GmbH", tier="c")
    api = make_api(cast.partner)

    def names(query: str) -> list[str]:
        return [row["name"] for row in api.get(f"{V1}/clients/?{query}").json()["results"]]

    assert names("search=причал") == ["Северный Причал"]
    assert names("tier=vip&tier=a") == ["Северный Причал"]
    assert names("country=ru&status=active") == ["Северный Причал"]
    assert names("external_source=odoo&external_id=7") == ["Северный Причал"]
    assert names(f"updated_after={alfa.updated_at.isoformat()}".replace("+", "%2B")) == ["Brandl GmbH"]
    assert api.get(f"{V1}/clients/?tier=zzz").status_code == 400


@pytest.mark.parametrize("n", [10, 50, 200])
def test_a_list_of_clients_costs_the_same_whatever_its_length(
    cast: Cast, n: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(n):
        valued(account_manager=cast.manager)
    api = make_api(cast.manager)
    api.get(f"{V1}/clients/")
    with django_assert_max_num_queries(6):
        assert len(api.get(f"{V1}/clients/?page_size=500").json()["results"]) == n


def test_a_deleted_client_shows_as_a_tombstone(cast: Cast) -> None:
    client = make_client(external_source="odoo", external_id="7")
    before = client.created_at.isoformat().replace("+", "%2B")
    api = make_api(cast.partner)
    assert make_api(cast.manager).delete(f"{V1}/clients/{client.pk}/").status_code == 403
    assert api.delete(f"{V1}/clients/{client.pk}/").status_code == 204
    rows = api.get(f"{V1}/clients/?updated_after={before}").json()["results"]
    assert any(row.get("external_id") == "7" for row in rows)


def test_contacts_are_kept_by_who_keeps_the_client(cast: Cast) -> None:
    mine, foreign = make_client(account_manager=cast.manager), make_client()
    api = make_api(cast.manager)
    body = {"first_name": "Jonas", "last_name": "Brandl", "buying_role": "customer", "birthday": "1970-03-01"}
    made = api.post(f"{V1}/contacts/", {"client": mine.pk, **body})
    assert made.status_code == 201
    assert "private_notes" not in made.json()
    assert api.post(f"{V1}/contacts/", {"client": foreign.pk, **body}).status_code == 403
    assert api.patch(f"{V1}/contacts/{made.json()['id']}/", {"client": foreign.pk}).status_code == 403
    person = make_contact(foreign, birthday="1980-01-01", interests="sailing")
    shown = api.get(f"{V1}/contacts/{person.pk}/").json()
    assert (shown["last_name"], shown["birthday"], shown["interests"]) == (person.last_name, None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "special"}, "reason"),
        ({"type": "prospective", "current_value": "200.00"}, "potential_value"),
        ({"type": "image", "until_on": "2019-01-01"}, "until_on"),
        ({"type": "loud"}, "type"),
    ],
)
def test_each_designation_has_its_own_rule(cast: Cast, body: dict[str, Any], field: str) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    response = api.post(f"{V1}/key-client-designations/", {"client": client.pk, "since_on": "2026-01-01", **body})
    assert response.status_code == 400
    assert field in {attr for _code, attr in codes(response)}


def test_a_client_may_hold_several_designations_each_once(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    url, same = f"{V1}/key-client-designations/", {"client": client.pk, "since_on": "2026-01-01"}
    figures = {"current_value": "200.00", "potential_value": "2000.00", "review_on": "2027-01-01"}
    made = api.post(url, {"type": "prospective", **figures, **same})
    assert (made.status_code, made.json()["ratio"]) == (201, "10.00")
    assert api.post(url, {"type": "tester", "quality_yardstick": True, **same}).status_code == 201
    assert api.post(url, {"type": "tester", **same}).status_code == 400


def test_a_membership_opens_the_client_to_a_consultant(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    worker = make_api(cast.consultant)
    assert worker.get(f"{V1}/clients/{client.pk}/").status_code == 404
    body = {"client": client.pk, "user": cast.consultant.pk, "from_on": "2026-01-01"}
    made = make_api(cast.manager).post(f"{V1}/client-members/", body)
    assert made.status_code == 201
    assert worker.get(f"{V1}/clients/{client.pk}/").status_code == 200
    make_api(cast.manager).patch(f"{V1}/client-members/{made.json()['id']}/", {"to_on": "2026-02-01"})
    assert worker.get(f"{V1}/clients/{client.pk}/").status_code == 404


def test_an_interaction_is_logged_and_moves_the_last_contact(cast: Cast) -> None:
    make_tiers()
    client = make_client(account_manager=cast.manager)
    person = make_contact(client)
    body = {"client": client.pk, "contacts": [person.pk], "kind": "call", "occurred_at": "2026-11-20T10:00:00Z"}
    made = make_api(cast.manager).post(f"{V1}/interactions/", {**body, "minutes": 15, "summary": "VAT"})
    assert made.status_code == 201, made.json()
    assert (made.json()["employees"], made.json()["logged_by"]) == ([cast.manager.pk], cast.manager.pk)
    client.refresh_from_db()
    assert client.facts is not None
    assert client.facts.last_two_way_at is not None


def test_a_credential_is_never_stored_and_the_writer_is_told(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    body = {"client": client.pk, "occurred_at": "2026-11-20T10:00:00Z", "summary": "password: hunter2"}
    made = make_api(cast.manager).post(f"{V1}/interactions/", body)
    assert made.json()["warnings"]
    assert "hunter2" not in Interaction.objects.get().summary
    kept = make_api(cast.manager).post(f"{V1}/interactions/", {**body, "not_secret": True})
    assert (kept.json()["summary"], kept.json()["warnings"]) == ("password: hunter2", [])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
        ({"sentiment": 3}, "sentiment"),
        ({"minutes": -5}, "minutes"),
        ({"minutes": 1500}, "minutes"),
        ({"kind": "social"}, None),
        ({"kind": "hospitality", "initiated_by": "client"}, None),
        ({"summary": "x" * 2_000_000}, "summary"),
    ],
)
def test_a_wrong_interaction_is_400_with_the_field(cast: Cast, body: dict[str, Any], field: str | None) -> None:
    client = make_client(account_manager=cast.manager)
    first = {"client": client.pk, "occurred_at": "2026-11-20T10:00:00Z"}
    response = make_api(cast.manager).post(f"{V1}/interactions/", {**first, **body})
    assert response.status_code == 400, response.json()
    assert field is None or field in {attr for _code, attr in codes(response)} or not Interaction.objects.exists()


def test_a_person_of_another_client_was_not_there(cast: Cast) -> None:
    client, other = make_client(account_manager=cast.manager), make_contact()
    body = {"client": client.pk, "contacts": [other.pk], "occurred_at": "2026-11-20T10:00:00Z"}
    response = make_api(cast.manager).post(f"{V1}/interactions/", body)
    assert codes(response) == {("other", "contacts")}


def test_the_timeline_is_newest_first_and_pages_backwards(cast: Cast) -> None:
    make_tiers()
    client = make_client(account_manager=cast.manager)
    for day in (1, 2, 3):
        make_call(client, by=cast.manager, occurred_at=timezone.now() - timedelta(days=day), at=timezone.now())
    make_promised(client, by=cast.manager)
    api = make_api(cast.manager)
    url = f"{V1}/clients/{client.pk}/timeline/"
    first = api.get(f"{url}?page_size=2").json()
    assert [event["kind"] for event in first["results"]]
    assert len(first["results"]) == 2
    rest = api.get(f"{url}?before={first['next']}").json()["results"]
    seen = [event["key"] for event in (*first["results"], *rest)]
    assert len(seen) == len(set(seen)) >= 4
    moments = [event["at"] for event in (*first["results"], *rest)]
    assert moments == sorted(moments, reverse=True)
    assert make_api(cast.finance).get(url).status_code == 404
    assert api.get(f"{url}?before=nonsense").status_code == 400


def test_sellers_and_accounts_are_checked_and_changed_by_finance(cast: Cast) -> None:
    api = make_api(cast.finance)
    body = {"code": "de2", "name": "Meridian", "country": "DE", "currency": "EUR"}
    seller = api.post(f"{V1}/sellers/", body)
    assert seller.status_code == 201, seller.json()
    account = {"seller": seller.json()["id"], "currency": "EUR"}
    wrong = api.post(f"{V1}/bank-accounts/", {**account, "iban": "DE89370400440532013001"})
    assert codes(wrong) == {("iban", "iban")}
    assert api.post(f"{V1}/bank-accounts/", account).status_code == 400
    right = api.post(f"{V1}/bank-accounts/", {**account, "iban": "DE89 3704 0044 0532 0130 00"})
    assert right.json()["iban"] == "DE89370400440532013000"
    url = f"{V1}/sellers/{seller.json()['id']}/"
    assert api.get(url).json()["bank_accounts"][0]["iban"] == "DE89370400440532013000"
    assert make_api(cast.manager).patch(url, {"name": "x"}).status_code == 403
    assert make_api(cast.manager).post(f"{V1}/service-lines/", {"code": "it", "name": "IT"}).status_code == 403
    assert make_api(cast.partner).post(f"{V1}/service-lines/", {"code": "it", "name": "IT"}).status_code == 201


def test_html_and_formula_text_in_names_comes_back_as_it_was(cast: Cast) -> None:
    name = "=cmd|'/c'!A1 <script>alert(1)</script>"
    made = make_api(cast.partner).post(f"{V1}/contacts/", {"client": make_client().pk, "last_name": name})
    assert made.json()["last_name"] == name == Contact.objects.get().last_name


def test_a_new_client_is_answered_with_those_that_it_may_be_already(cast: Cast) -> None:
    old = make_client(name="Brandl Logistik GmbH", vat_id="DE129273398")
    api = make_api(cast.partner)
    asked = api.get("/api/v1/clients/duplicates/", {"name": "Brandl Logistik"}).json()["duplicates"]
    assert [(row["id"], row["same_tax_id"]) for row in asked] == [(old.pk, False)]
    body = {"name": "BL Transporte", "country": "DE", "currency": "EUR", "vat_id": "DE129273398"}
    made = api.post("/api/v1/clients/", body)
    assert made.status_code == 201
    assert [(row["id"], row["same_tax_id"]) for row in made.json()["duplicates"]] == [(old.pk, True)]
    assert api.get("/api/v1/clients/duplicates/", {"name": "Nobody else"}).json() == {"duplicates": []}
