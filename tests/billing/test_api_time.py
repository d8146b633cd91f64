"""Time through the API: what an integration logs, submits, approves and decides, and what it is refused."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import TimeEntry
from clients.models import Client
from tests.make import (
    Cast,
    log,
    make_api,
    make_client,
    make_engagement,
    make_package,
    make_rate,
    make_time_lock,
    submitted,
)

URL = "/api/v1/time-entries/"


@pytest.fixture
def alfa(cast: Cast) -> Client:
    """A client of the manager for whom the consultant works, with a rate."""
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate()
    return client


def body(client: Client, /, **kw: Any) -> dict[str, Any]:
    fields = {"worked_on": "2026-06-10", "minutes": 60, "description": "Second server", **kw}
    return {"client": client.pk} | fields


def test_a_consultant_logs_time_and_sees_its_cover(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=5)
    response = make_api(cast.consultant).post(URL, body(alfa, minutes=420))
    assert response.status_code == 201, response.json()
    entry = response.json()
    assert (entry["status"], entry["minutes"], entry["billed_minutes"]) == ("draft", 420, 420)
    assert entry["coverage"] == [
        {"source": "package", "id": package.pk, "minutes": 300, "amount": "0.00", "currency": "EUR"},
        {"source": "time_and_materials", "id": None, "minutes": 120, "amount": "300.00", "currency": "EUR"},
    ]


def test_entries_go_from_draft_to_approved_by_two_people(cast: Cast, alfa: Client) -> None:
    consultant, manager = make_api(cast.consultant), make_api(cast.manager)
    url = f"{URL}{consultant.post(URL, body(alfa)).json()['id']}/"
    assert consultant.post(f"{url}submit/").json()["status"] == "submitted"
    assert consultant.post(f"{url}approve/").status_code == 403
    approved = manager.post(f"{url}approve/").json()
    assert (approved["status"], approved["approved_by"]) == ("approved", cast.manager.pk)
    assert (approved["rate_amount"], approved["rate_currency"]) == ("150.00", "EUR")
    again = manager.post(f"{url}approve/")
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")


def test_a_rejected_entry_is_a_draft_with_a_comment(cast: Cast, alfa: Client) -> None:
    entry = submitted(alfa, cast.consultant)
    manager, url = make_api(cast.manager), f"{URL}{entry.pk}/reject/"
    assert manager.post(url, {"comment": " "}).json()["errors"][0]["attr"] == "comment"
    rejected = manager.post(url, {"comment": "Which server?"}).json()
    assert (rejected["status"], rejected["review_comment"]) == ("draft", "Which server?")


def test_what_belongs_to_others_does_not_exist(cast: Cast, alfa: Client) -> None:
    entry = log(alfa, cast.consultant)
    outsider = make_api(cast.outsider)
    assert outsider.get(f"{URL}{entry.pk}/").status_code == 404
    assert outsider.patch(f"{URL}{entry.pk}/", {"minutes": 5}).status_code == 404
    assert outsider.post(f"{URL}{entry.pk}/submit/").status_code == 404
    assert outsider.post(URL, body(alfa)).json()["errors"][0]["attr"] == "client"


def test_a_preview_says_what_saving_would_and_writes_nothing(cast: Cast, alfa: Client) -> None:
    package = make_package(alfa, hours=5)
    api = make_api(cast.consultant)
    plan = api.post(f"{URL}preview/", body(alfa, minutes=420)).json()
    assert not TimeEntry.objects.exists()
    assert plan["billed_minutes"] == 420
    saved = api.post(URL, body(alfa, minutes=420)).json()
    assert (plan["coverage"], plan["warnings"]) == (saved["coverage"], saved["warnings"])
    assert [row["id"] for row in plan["coverage"]] == [package.pk, None]
    foreign = api.post(f"{URL}preview/", body(alfa, hour_package=make_package().pk))
    assert (foreign.status_code, foreign.json()["errors"][0]["attr"]) == (400, "hour_package")


@pytest.mark.parametrize("client", [[1, 2], {"id": 1}, True, "1e400", [[]]])
def test_what_is_no_id_names_no_client(cast: Cast, alfa: Client, client: Any) -> None:
    api = make_api(cast.consultant)
    entry = api.post(URL, body(alfa)).json()
    for refused in (api.post(URL, body(alfa, client=client)), api.patch(f"{URL}{entry['id']}/", {"client": client})):
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "client")
    assert TimeEntry.objects.count() == 1


def test_rows_are_saved_together_in_the_order_they_came(cast: Cast, alfa: Client) -> None:
    rows = [body(alfa, minutes=minutes, external_id=f"row {minutes}") for minutes in (45, 15, 30)]
    response = make_api(cast.consultant).post(f"{URL}bulk/", rows)
    assert response.status_code == 201, response.json()
    assert [row["minutes"] for row in response.json()] == [45, 15, 30]
    assert TimeEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("bad", "status", "code", "field"),
    [
        ({"minutes": 0}, 400, "min_value", "minutes"),
        ({"client": 10**9}, 400, "does_not_exist", "client"),
        ({"worked_on": "2026-01-05"}, 409, "period_locked", "non_field_errors"),
        ({"billing_type": "goodwill"}, 400, "reason_required", "reason"),
        ({"external_id": "known"}, 400, "external_id_taken", "external_id"),
        ({"external_id": "twin"}, 400, "external_id_taken", "external_id"),
    ],
)
def test_one_bad_row_refuses_all_and_is_named(
    cast: Cast, alfa: Client, bad: dict[str, Any], status: int, code: str, field: str
) -> None:
    log(alfa, cast.consultant, external_id="known")
    make_time_lock(date(2026, 1, 31))
    rows = [body(alfa), body(alfa, external_id="twin"), body(alfa, **bad), body(alfa)]
    response = make_api(cast.consultant).post(f"{URL}bulk/", rows)
    assert response.status_code == status
    assert [(error["code"], error["attr"]) for error in response.json()["errors"]] == [(code, f"2.{field}")]
    assert TimeEntry.objects.count() == 1


def test_every_bad_row_is_named_and_a_foreign_package_too(cast: Cast, alfa: Client) -> None:
    make_time_lock(date(2026, 1, 31))
    expired = make_package(alfa, expires_on=date(2026, 5, 31))
    rows = [body(alfa, hour_package=expired.pk), body(alfa), body(alfa, worked_on="2026-01-05")]
    response = make_api(cast.consultant).post(f"{URL}bulk/", rows)
    errors = [(error["code"], error["attr"]) for error in response.json()["errors"]]
    assert response.status_code == 400
    assert errors == [("package_expired", "0.hour_package"), ("period_locked", "2.non_field_errors")]


def test_more_than_a_thousand_rows_or_none_are_refused(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    wrong: list[Any] = [[], [{}] * 1001, {}, {"entries": 5}, "text"]
    for rows in wrong:
        assert api.post(f"{URL}bulk/", rows).status_code == 400


def test_a_thousand_rows_need_no_more_statements_than_ten(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)

    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert api.post(f"{URL}bulk/", [body(alfa) for _ in range(count)]).status_code == 201
        return len(asked)

    statements(1)
    assert statements(10) == statements(1000)


def test_the_timer_runs_once_and_becomes_an_entry(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    assert api.get(f"{URL}timer/").json()["running"] is False
    assert api.post(f"{URL}timer/stop/").json()["errors"][0]["code"] == "wrong_status"
    started = api.post(f"{URL}timer/start/", {"client": alfa.pk, "description": "Audit"})
    assert (started.status_code, started.json()["running"]) == (201, True)
    assert api.get(f"{URL}timer/").json() == started.json()
    again = api.post(f"{URL}timer/start/", {"client": alfa.pk})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")
    entry = api.post(f"{URL}timer/stop/").json()
    assert (entry["minutes"], entry["description"], entry["employee"]) == (1, "Audit", cast.consultant.pk)
    assert api.delete(f"{URL}timer/").status_code == 409


def test_a_timer_that_could_not_be_saved_does_not_start(cast: Cast, alfa: Client) -> None:
    foreign = make_engagement(lead=cast.consultant)
    response = make_api(cast.consultant).post(f"{URL}timer/start/", {"client": alfa.pk, "engagement": foreign.pk})
    assert (response.status_code, response.json()["errors"][0]["attr"]) == (400, "engagement")


def test_a_span_that_moves_says_minutes_and_day_anew(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.consultant)
    span = {"started_at": "2026-06-10T08:00:00Z", "ended_at": "2026-06-10T09:00:00Z"}
    url = f"{URL}{api.post(URL, {'client': alfa.pk, 'description': 'Second server'} | span).json()['id']}/"
    longer = api.patch(url, {"ended_at": "2026-06-10T10:30:00Z"}).json()
    assert (longer["minutes"], longer["worked_on"]) == (150, "2026-06-10")
    moved = api.patch(url, {"started_at": "2026-06-11T08:00:00Z", "ended_at": "2026-06-11T08:20:00Z"}).json()
    assert (moved["minutes"], moved["worked_on"]) == (20, "2026-06-11")
    said = api.patch(url, {"ended_at": "2026-06-11T09:00:00Z", "minutes": 45}).json()
    assert said["minutes"] == 45
    assert api.patch(url, {"ended_at": "2026-06-11T07:00:00Z"}).status_code == 400
