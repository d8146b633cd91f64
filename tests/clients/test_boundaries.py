"""Scope requests: an answer has a reason and a name, unpaid ones open a task, the card stands beside the tier."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import CarePolicy, Client, ScopeRequest, Task
from clients.reports.boundaries import boundary_of
from clients.services.boundaries import review_boundaries, save_request, unpaid_lately
from clients.services.tasks import finish_task
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_scope_request, make_user

pytestmark = pytest.mark.django_db
API = "/api/v1/scope-requests/"
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def asked(client: Client, answer: str = "", *, days: int = 0, **kw: Any) -> ScopeRequest:
    return make_scope_request(client, answer, on=TODAY - timedelta(days=days), **kw)


def boundary_tasks(client: Client) -> Any:
    return Task.objects.unfinished().filter(kind="boundary", client=client)


def test_an_answer_has_a_reason_and_names_who_gave_it() -> None:
    client = make_client()
    with pytest.raises(ValidationError, match="has its reason"):
        asked(client, "refused", reason="")
    row = asked(client, "refused")
    assert row.answered_by == row.logged_by
    other = make_user()
    assert asked(client, "offered", answered_by=other).answered_by == other
    with pytest.raises(IntegrityError), transaction.atomic():
        ScopeRequest.objects.filter(pk=row.pk).update(answered_by=None)
    row.answer = ""
    assert save_request(row, by=other, at=NOW).answered_by is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": ""}, "what"),
        ({"days": -1}, "asked_on"),
        ({"contact": True}, "contact"),
        ({"estimated_minutes": -5}, "estimated_minutes"),
        ({"in_contract": True, "answer": "goodwill"}, "answer"),
    ],
)
def test_a_request_is_named_past_and_of_the_client(wrong: dict[str, Any], field: str) -> None:
    if "contact" in wrong:
        wrong = {"contact": make_contact()}
    with pytest.raises(ValidationError) as refused:
        asked(make_client(), **wrong)
    assert field in str(refused.value.message_dict) or "__all__" in refused.value.message_dict


def test_three_unpaid_requests_in_ninety_days_ask_the_keeper_to_set_the_boundary(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    asked(client, "goodwill", days=80)
    asked(client, "planned_extra", days=10)
    asked(client, "offered")
    asked(client, "refused")
    asked(client, in_contract=True)
    asked(client, "goodwill", days=91)
    assert not boundary_tasks(client).exists()
    third = asked(client, "goodwill")
    task = boundary_tasks(client).get()
    assert task.assignee == cast.manager
    assert task.url.endswith(f"?client={client.pk}")
    third.answer = "offered"
    save_request(third, by=cast.manager, at=NOW)
    assert not boundary_tasks(client).exists()


def test_once_the_boundary_is_set_only_new_requests_count(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    for days in (30, 20, 10):
        asked(client, "goodwill", days=days)
    finish_task(boundary_tasks(client).get(), by=cast.manager, at=NOW - timedelta(days=5))
    for _number in range(2):
        asked(client, "goodwill")
    review_boundaries(at=NOW)
    assert not boundary_tasks(client).exists()
    asked(client, "goodwill")
    assert boundary_tasks(client).exists()


def test_old_requests_settle_the_task_by_night_and_the_policy_counts(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    for days in (60, 20, 10):
        asked(client, "goodwill", days=days)
    review_boundaries(at=NOW + timedelta(days=20))
    assert boundary_tasks(client).exists()
    review_boundaries(at=NOW + timedelta(days=40))
    assert not boundary_tasks(client).exists()
    CarePolicy.objects.create(pk=1, boundary_requests=2)
    review_boundaries(at=NOW + timedelta(days=40))
    assert boundary_tasks(client).exists()
    assert unpaid_lately(client, on=TODAY) == 3


def test_the_requests_of_a_merged_client_count_for_who_stayed(cast: Cast) -> None:
    stays = make_client(account_manager=cast.manager)
    gone = make_client(merged_into=stays)
    asked(stays, "goodwill")
    asked(gone, "goodwill")
    asked(gone, "goodwill")
    assert boundary_tasks(stays).exists()
    assert not boundary_tasks(gone).exists()


def test_the_card_shows_requests_and_free_minutes_beside_the_median_of_the_tier(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    peers = [make_client() for _number in range(4)]
    asked(client, "goodwill", estimated_minutes=90)
    asked(client, "refused")
    asked(client, "goodwill", days=400)
    asked(client, in_contract=True)
    for peer in peers[:3]:
        asked(peer, "planned_extra", estimated_minutes=30)
    asked(make_client(tier="a"), "goodwill", estimated_minutes=600)
    found = boundary_of(client, cast.manager, on=TODAY)
    assert (found.requests, found.free_minutes) == (2, 90)
    assert found.usual_requests == 1
    assert found.usual_minutes == 30
    shown = text_of(signed_in(cast.manager).get(url("client_boundaries", client.pk)))
    assert "usual in the tier" in shown
    assert boundary_of(make_client(tier="c"), cast.partner, on=TODAY).usual_minutes is None


def test_requests_over_the_api(cast: Cast) -> None:
    client, api = make_client(account_manager=cast.manager), make_api(cast.manager)
    body = {"client": client.pk, "what": "A report for the bank", "estimated_minutes": 120}
    made = api.post(API, body)
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["answer"], row["asked_on"], row["logged_by"]) == ("", TODAY.isoformat(), cast.manager.pk)
    refused = api.patch(f"{API}{row['id']}/", {"answer": "goodwill"})
    assert refused.status_code == 400
    answered = api.patch(f"{API}{row['id']}/", {"answer": "goodwill", "reason": "Once"})
    assert answered.json()["answered_by"] == cast.manager.pk
    assert api.get(API, {"is_unpaid": "true"}).json()["results"][0]["id"] == row["id"]
    assert api.get(API, {"is_open": "true"}).json()["results"] == []
    assert make_api(cast.finance).get(API).status_code == 403
    stranger = asked(make_client())
    assert api.get(f"{API}{stranger.pk}/").status_code == 404


def test_requests_are_written_down_listed_and_taken_back(cast: Cast) -> None:
    make_client(name="Brandl", account_manager=cast.manager)
    browser = signed_in(cast.manager)
    typed = {"client": "Brandl", "what": "A second site", "asked_on": TODAY.isoformat(), "estimated_minutes": "30"}
    assert browser.post(url("scope_new"), {**typed, "answer": "goodwill"}).status_code == 422
    assert browser.post(url("scope_new"), {**typed, "answer": "goodwill", "reason": "Once"}).status_code == 302
    row = ScopeRequest.objects.get()
    assert "A second site" in text_of(browser.get(url("scope_list") + "?is_unpaid=true"))
    assert "A second site" not in text_of(browser.get(url("scope_list") + "?answer=refused"))
    file = browser.get(url("scope_list") + "?format=csv&headers=names")
    assert "A second site" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert browser.get(url("scope_list") + "?format=xlsx").status_code == 200
    changed = {**typed, "answer": "refused", "reason": "Too much"}
    assert browser.post(url("scope_edit", row.pk), changed).status_code == 302
    row.refresh_from_db()
    assert row.answer == "refused"
    assert browser.get(url("scope_edit", asked(make_client()).pk)).status_code == 404


def test_the_policy_of_care_is_a_partners(cast: Cast) -> None:
    typed = {"honour_target": "90", "plan_days": "60", "boundary_requests": "4", "boundary_days": "30"}
    typed["profile_days"] = "180"
    assert signed_in(cast.manager).post(url("care_edit"), typed).status_code == 403
    browser = signed_in(cast.partner)
    assert browser.post(url("care_edit"), {**typed, "plan_days": "3"}).status_code == 422
    browser.get(url("care_edit"))
    assert not CarePolicy.objects.exists()
    assert browser.post(url("care_edit"), typed).status_code == 302
    assert CarePolicy.read().boundary_requests == 4


@pytest.mark.parametrize("n", [2, 30])
def test_the_list_costs_the_same_whatever_its_length(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _number in range(n):
        client = make_client(account_manager=cast.manager)
        asked(client, "goodwill", contact=make_contact(client))
    browser = signed_in(cast.manager)
    browser.get(url("scope_list"))
    with django_assert_max_num_queries(18):
        browser.get(url("scope_list"))
