"""Promises through the API: made, moved, kept and reckoned; whether a late one was a slip or a habit."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clients.models import Client, Promise
from clients.services.facts import add_member
from tests.make import (
    Cast,
    make_api,
    make_client,
    make_promised,
)
from tests.reference import read_reference

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


def codes(response: Any) -> set[tuple[str, str | None]]:
    return {(error["code"], error["attr"]) for error in response.json()["errors"]}


def promised(api: Any, client: Client, due: str, **kw: Any) -> int:
    made = api.post(f"{V1}/promises/", {"client": client.pk, "text": "Memo", "due_at": due, **kw})
    assert made.status_code == 201, made.json()
    return int(made.json()["id"])


def test_a_day_alone_means_its_end(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    promised(make_api(cast.manager), client, "2026-11-27")
    promise = Promise.objects.get()
    assert promise.due_is_day
    assert timezone.localtime(promise.due_at).isoformat() == "2026-11-27T23:59:59.999999+01:00"


def test_the_ten_promises_through_the_api_give_the_reference_rates(cast: Cast) -> None:
    case = read_reference("promises.json")
    clients = {name: make_client(account_manager=cast.manager) for name in "ABC"}
    api = make_api(cast.manager)
    for _id, name, made, due, moved, warned, done, withdrawn in case["rows"]:
        pk = promised(api, clients[name], due, made_at=made)
        if moved:
            step = {"due_at": moved, "reason": "late", "client_informed_at": warned}
            assert api.post(f"{V1}/promises/{pk}/redate/", step).status_code == 200
        if done:
            assert api.post(f"{V1}/promises/{pk}/keep/", {"kept_at": done}).status_code == 200
        if withdrawn:
            assert api.post(f"{V1}/promises/{pk}/withdraw/").json()["outcome"] == "withdrawn_by_client"
    rates = api.get(f"{V1}/promises/rates/?as_of=2026-03-10").json()
    assert rates == {
        "n": 8,
        "strict_rate": "0.250000",
        "honour_rate": "0.375000",
        "warned_rate": "0.333333",
        "second_date_kept_rate": "0.500000",
        "mean_days_late": 5.875,
        "mean_days_late_if_late": pytest.approx(7.8333333),
        "median_days_late": 5.5,
        "max_days_late": 18,
    }
    own = api.get(f"{V1}/promises/rates/?as_of=2026-03-10&client={clients['C'].pk}").json()
    assert (own["n"], own["strict_rate"], own["warned_rate"], own["median_days_late"]) == (1, "1.000000", None, None)
    window = api.get(f"{V1}/promises/rates/?as_of=2026-03-10&from=2026-02-05&to=2026-02-10").json()
    assert window["n"] == 2
    assert api.get(f"{V1}/promises/rates/?from=2030-01-01").json()["note"]


def test_a_third_date_needs_a_partner(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    pk = promised(api, client, "2026-11-27", made_at="2026-11-20")
    url = f"{V1}/promises/{pk}/redate/"
    assert api.post(url, {"due_at": "2026-12-01", "reason": "a"}).status_code == 200
    refused = api.post(url, {"due_at": "2026-12-05", "reason": "b"})
    assert (refused.status_code, codes(refused)) == (409, {("needs_decision", None)})
    allowed = make_api(cast.partner).post(url, {"due_at": "2026-12-05", "reason": "b"})
    assert [step["position"] for step in allowed.json()["dates"]] == [2, 3]


def test_a_promise_is_kept_once_and_acted_on_by_who_may(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    pk = promised(make_api(cast.manager), client, "2026-11-27")
    assert make_api(cast.consultant).post(f"{V1}/promises/{pk}/keep/").status_code == 403
    assert make_api(cast.outsider).post(f"{V1}/promises/{pk}/keep/").status_code == 404
    assert make_api(cast.finance).get(f"{V1}/promises/{pk}/").status_code == 404
    api = make_api(cast.manager)
    assert api.post(f"{V1}/promises/{pk}/keep/").json()["kept_at"].endswith("Z")
    assert codes(api.post(f"{V1}/promises/{pk}/keep/")) == {("already_done", None)}
    assert codes(api.post(f"{V1}/promises/{pk}/redate/", {"due_at": "2027-01-01", "reason": "x"})) == {
        ("already_done", None)
    }


def test_a_consultant_promises_in_their_own_name_only(cast: Cast) -> None:
    client = make_client()
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    body = {"client": client.pk, "text": "Memo", "due_at": "2026-11-27", "made_by": cast.manager.pk}
    assert make_api(cast.consultant).post(f"{V1}/promises/", body).status_code == 403


@pytest.mark.parametrize("n", [5, 40])
def test_late_promises_tell_a_habit_from_a_slip_at_the_same_cost(
    cast: Cast, n: int, django_assert_max_num_queries: Any
) -> None:
    client = make_client(account_manager=cast.manager)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    for _ in range(n):
        make_promised(client, by=cast.manager, due=yesterday)
    slip = make_promised(client, by=cast.partner, due=yesterday)
    open_one = make_promised(client, by=cast.manager, due="2999-01-01")
    api = make_api(cast.manager)
    api.get(f"{V1}/promises/")
    with django_assert_max_num_queries(7):
        rows = {row["id"]: row["lateness"] for row in api.get(f"{V1}/promises/?page_size=500").json()["results"]}
    assert (rows.pop(slip.pk), rows.pop(open_one.pk)) == ("random", None)
    assert list(rows.values()) == ["systematic"] * n
    assert api.get(f"{V1}/promises/{slip.pk}/").json()["lateness"] == "random"


def test_a_promise_is_marked_on_track_until_it_is_kept(cast: Cast) -> None:
    promise = make_promised(make_client(account_manager=cast.manager), by=cast.manager, due="2999-01-01")
    api, path = make_api(cast.manager), f"{V1}/promises/{promise.pk}"
    assert api.post(f"{path}/on-track/").json()["on_track_at"]
    api.post(f"{path}/keep/")
    assert api.post(f"{path}/on-track/").status_code == 409
