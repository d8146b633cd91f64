"""Time through the API: what an integration logs, submits, approves and decides, and what it is refused."""

from typing import Any

import pytest

from clients.models import Client
from tests.make import Cast, log, make_api, make_client, make_engagement, make_package, make_rate, submitted

URL = "/api/v1/time-entries/"


@pytest.fixture
def alfa(cast: Cast) -> Client:
    """A client of the manager for whom the consultant works, with a rate."""
    client = make_client(account_manager=cast.manager)
    make_engagement(client, lead=cast.manager, members=[cast.consultant])
    make_rate()
    return client


def body(client: Client, **kw: Any) -> dict[str, Any]:
    return {"client": client.pk, "worked_on": "2026-06-10", "minutes": 60, "description": "Second server", **kw}


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
