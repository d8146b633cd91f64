"""Hour packages through the API: selling, topping up, the ledger and its statement; who sees prices."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from billing.models import HourPackage, LedgerRow, TimeEntry
from clients.models import Client, Seller
from tests.billing.test_api_time import alfa
from tests.make import Cast, log, make_api, make_client, make_package, make_service_line, submitted
from tests.statements import counted

__all__ = ["alfa"]
URL = "/api/v1/hour-packages/"


def read(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_finance_sells_a_package_that_takes_its_terms_from_the_client(cast: Cast, alfa: Client) -> None:
    body = {"client": alfa.pk, "purchased_minutes": 3000, "price": "6750.00"}
    response = make_api(cast.finance).post(URL, body)
    assert response.status_code == 201, response.json()
    package = response.json()
    assert (package["currency"], package["price_includes_tax"], package["name"]) == ("EUR", True, "50 hours")
    assert (package["balance_minutes"], package["pending_minutes"], package["available_minutes"]) == (3000, 0, 3000)
    assert package["seller"] == alfa.default_seller_id
    assert make_api(cast.finance).get(f"{URL}{package['id']}/").json() == package


def test_an_account_manager_sells_to_own_clients_only(cast: Cast, alfa: Client) -> None:
    api, body = make_api(cast.manager), {"purchased_minutes": 60, "price": "1.00"}
    assert api.post(URL, {**body, "client": alfa.pk}).status_code == 201
    assert api.post(URL, {**body, "client": make_client().pk}).status_code == 403
    assert HourPackage.objects.count() == 1
    assert make_api(cast.consultant).post(URL, {**body, "client": alfa.pk}).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "code", "attr"),
    [
        ({"purchased_minutes": 0}, "min_value", "purchased_minutes"),
        ({"purchased_minutes": -5}, "min_value", "purchased_minutes"),
        ({"purchased_minutes": 2.5}, "invalid", "purchased_minutes"),
        ({"price": 6750.5}, "float", "price"),
        ({"price": "-1.00"}, "invalid", "price"),
        ({"price": "1.005"}, "max_decimal_places", "price"),
        ({"price": None}, "null", "price"),
        ({"currency": "eur"}, "invalid", "currency"),
        ({"valid_from": "31.12.2026"}, "invalid", "valid_from"),
        ({"expires_on": "2020-01-01"}, "invalid", "valid_from"),
        ({"kind": "granted"}, "invalid", "kind"),
        ({"kind": "stolen"}, "invalid_choice", "kind"),
        ({"burn_factor": "0"}, "min_value", "burn_factor"),
        ({"service_lines": [10**6]}, "does_not_exist", "service_lines"),
        ({"name": "x" * 121}, "max_length", "name"),
        ({"name": "a\nb"}, "not_one_line", "name"),
        ({"client": None}, "null", "client"),
    ],
)
def test_a_wrong_package_names_its_field(cast: Cast, alfa: Client, wrong: dict[str, Any], code: str, attr: str) -> None:
    body = {"client": alfa.pk, "purchased_minutes": 60, "price": "100.00", "valid_from": "2026-01-01", **wrong}
    response = make_api(cast.finance).post(URL, body)
    errors = [(error["code"], error["attr"]) for error in response.json()["errors"]]
    assert (response.status_code, errors) == (400, [(code, attr)])
    assert not HourPackage.objects.exists()


def test_a_package_of_a_client_without_a_company_is_refused(cast: Cast) -> None:
    client = make_client()
    Client.objects.update(default_seller=None)
    response = make_api(cast.finance).post(URL, {"client": client.pk, "purchased_minutes": 60, "price": "1.00"})
    assert response.json()["errors"][0]["code"] == "seller_missing"


def test_hours_and_price_grow_by_top_ups_only(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=5)
    api, url = make_api(cast.finance), f"{URL}{package.pk}/"
    refused = api.patch(url, {"purchased_minutes": 6000})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "purchased_minutes")
    topped = api.post(f"{url}top-up/", {"minutes": 3000, "price": "6750.00"}).json()
    assert (topped["purchased_minutes"], topped["price"], topped["balance_minutes"]) == (3300, "13500.00", 3300)
    assert api.post(f"{url}top-up/", {"minutes": 0, "price": "1.00"}).json()["errors"][0]["attr"] == "minutes"
    assert api.post(f"{url}top-up/", {"minutes": 60}).json()["errors"][0]["attr"] == "price"


def test_terms_change_by_patch_and_a_lost_update_is_refused(cast: Cast, alfa: Client) -> None:
    package, line = make_package(alfa), make_service_line("audit")
    api, url = make_api(cast.manager), f"{URL}{package.pk}/"
    tag = api.get(url).headers["ETag"]
    changed = api.patch(url, {"priority": 5, "service_lines": [line.pk]}, HTTP_IF_MATCH=tag)
    assert (changed.json()["priority"], changed.json()["service_lines"]) == (5, [line.pk])
    assert api.patch(url, {"priority": 6}, HTTP_IF_MATCH=tag).status_code == 412
    assert api.delete(url).status_code == 405


def test_a_package_is_void_only_if_never_drawn(cast: Cast, alfa: Client) -> None:
    package, drawn = make_package(alfa, priority=2), make_package(alfa, priority=1, draw_on_log=True)
    log(alfa, cast.consultant, 30)
    api = make_api(cast.finance)
    assert api.post(f"{URL}{package.pk}/void/", {"reason": "sold twice"}).json()["balance_minutes"] == 0
    refused = api.post(f"{URL}{drawn.pk}/void/", {"reason": "no"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "wrong_status")


def test_the_ledger_pages_oldest_first_and_turns_round(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, draw_on_log=True)
    for _number in range(6):
        log(alfa, cast.consultant, 30)
    api, url = make_api(cast.consultant), f"{URL}{package.pk}/ledger/"
    first = api.get(f"{url}?page_size=4").json()
    rest = api.get(first["next"]).json()
    rows = first["results"] + rest["results"]
    assert [(row["kind"], row["minutes"]) for row in rows] == [("purchase", 3000)] + [("draw", -30)] * 6
    assert [row["balance_minutes"] for row in rows] == [3000 - 30 * number for number in range(7)]
    assert {row["entry"] for row in rows[1:]} == set(TimeEntry.objects.values_list("pk", flat=True))
    assert rows[1]["covered_minutes"] == 30
    assert rest["next"] is None
    assert api.get(f"{url}?ordering=-id").json()["results"] == rows[::-1]
    assert len(api.get(f"{url}?kind=purchase").json()["results"]) == 1
    assert api.get(f"{url}?kind=gift").status_code == 400
    assert api.get(f"{url}?ordering=expires_on").status_code == 400


def test_a_statement_is_json_or_a_file(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=50, draw_on_log=True)
    log(alfa, cast.consultant, 30, description="=HYPERLINK()")
    submitted(alfa, cast.consultant, 300)
    api, url = make_api(cast.consultant), f"{URL}{package.pk}/statement/"
    june = api.get(f"{url}?from=2026-06-01&to=2026-06-30").json()
    assert (june["opening_minutes"], june["closing_minutes"], june["pending_minutes"]) == (3000, 2970, 300)
    assert [(row["text"], row["person"]) for row in june["rows"]] == [("=HYPERLINK()", "Jonas Keller")]
    assert api.get(f"{url}?to=2026-05-31").json()["closing_minutes"] == 3000
    csv = read(api.get(f"{url}?format=csv")).decode()
    assert csv.splitlines()[0] == "occurred_on,kind,text,person,minutes,balance_minutes"
    assert "'=HYPERLINK()" in csv
    assert read(api.get(f"{url}?format=xlsx"))[:2] == b"PK"
    for wrong in ("format=exe", "from=june", "from=2026-06-30&to=2026-06-01"):
        assert api.get(f"{url}?{wrong}").status_code == 400


def test_prices_are_null_for_consultants_where_the_company_keeps_them(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, overage_rate="150.00")
    api, url = make_api(cast.consultant), f"{URL}{package.pk}/"
    assert api.get(url).json()["price"] == "6750.00"
    Seller.objects.update(consultants_see_rates=False)
    shown = api.get(url).json()
    assert (shown["price"], shown["overage_rate"], shown["balance_minutes"]) == (None, None, 3000)
    assert make_api(cast.manager).get(url).json()["price"] == "6750.00"
    assert make_api(cast.outsider).get(url).status_code == 404
    assert make_api(cast.outsider).get(f"{url}ledger/").status_code == 404
    entry = make_api(cast.consultant).post(
        "/api/v1/time-entries/", {"client": alfa.pk, "worked_on": "2026-06-10", "minutes": 3060}
    )
    assert entry.status_code == 400
    entry = make_api(cast.consultant).post(
        "/api/v1/time-entries/", {"client": alfa.pk, "worked_on": "2025-06-10", "minutes": 60}
    )
    assert entry.json()["coverage"][0]["amount"] is None


def test_a_list_takes_the_same_statements_whatever_its_length(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    api.get(URL)
    taken = set()
    for count in (10, 50):
        while HourPackage.objects.count() < count:
            make_package(alfa, service_lines=[make_service_line()])
        with counted() as statements:
            assert len(api.get(f"{URL}?page_size=500").json()["results"]) == count
        taken.add(len(statements))
    assert taken == {5}  # token, count, rows, service lines, burn factors


def test_lists_narrow_by_client_day_and_text(cast: Cast, alfa: Client) -> None:
    old, new = make_package(alfa, expires_on=date(2026, 3, 31)), make_package(alfa, name="Audit hours")
    make_package()
    api = make_api(cast.partner)

    def found(query: str) -> list[int]:
        return sorted(row["id"] for row in api.get(f"{URL}?{query}").json()["results"])

    assert found(f"client={alfa.pk}") == [old.pk, new.pk]
    assert found(f"client={alfa.pk}&valid_on=2026-06-10") == [new.pk]
    assert found("search=audit") == [new.pk]
    assert found("expires_on__lte=2026-12-31") == [old.pk]


def test_the_last_day_moves_by_a_partners_extension_only(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, expires_on=date(2026, 12, 31))
    url, body = f"{URL}{package.pk}/", {"expires_on": "2027-03-31", "reason": "The project began late"}
    refused = make_api(cast.partner).patch(url, {"expires_on": "2027-03-31"})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "expires_on")
    assert make_api(cast.manager).post(f"{url}extension/", body).status_code == 403
    assert make_api(cast.partner).post(f"{url}extension/", {**body, "reason": ""}).status_code == 400
    assert make_api(cast.partner).post(f"{url}extension/", body).json()["expires_on"] == "2027-03-31"


def test_finance_refunds_unused_hours_up_to_their_price(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=10, price=Decimal("1500.00"))
    api, url = make_api(cast.finance), f"{URL}{package.pk}/refund/"
    assert make_api(cast.manager).post(url, {"minutes": 60}).status_code == 403
    too_much = api.post(url, {"minutes": 60, "amount": "150.01"})
    assert (too_much.status_code, too_much.json()["errors"][0]["attr"]) == (400, "amount")
    assert api.post(url, {"minutes": 60}).json()["balance_minutes"] == 540
    over = api.post(url, {"minutes": 541})
    assert (over.status_code, over.json()["errors"][0]["code"]) == (409, "balance_limit")
    assert api.post(url, {}).json()["balance_minutes"] == 0
    prices = LedgerRow.objects.filter(kind="refund").values_list("price", flat=True)
    assert list(prices) == [Decimal("150.00"), Decimal("1350.00")]
