"""The approval page over HTTP: what waits for whom, in bulk, with clear answers to whoever comes second."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from billing.models import TimeEntry
from billing.reports.approvals import waiting_count
from billing.services.approvals import approve_entries
from crm.models import User
from tests.make import Cast, log, make_client, make_engagement, make_package, make_rate, submitted
from tests.make.hours import AT

pytestmark = pytest.mark.django_db


def signed_in(client: Client, user: User) -> Client:
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_a_lead_sees_and_approves_what_waits(client: Client, cast: Cast) -> None:
    engagement = make_engagement(lead=cast.outsider, members=[cast.consultant])
    make_package(engagement.client, hours=10)
    ids = [submitted(engagement.client, cast.consultant, engagement=engagement).pk for _ in range(3)]
    api = signed_in(client, cast.outsider)
    assert "3 entries" in text_of(api.get("/approvals/"))
    assert api.post("/approvals/approve/", {"entry": ids}).status_code == 302
    assert set(TimeEntry.objects.values_list("status", flat=True)) == {"approved"}


def test_time_of_other_people_s_clients_does_not_wait_for_me(client: Client, cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(name="Far away"), cast.consultant)
    api = signed_in(client, cast.manager)
    assert "Far away" not in text_of(api.get("/approvals/"))
    assert api.post("/approvals/approve/", {"entry": [entry.pk]}).status_code == 422
    assert TimeEntry.objects.get().status == "submitted"


@pytest.mark.parametrize("by", ["week", "person", "client", "nonsense"])
def test_it_is_grouped_three_ways(by: str, client: Client, cast: Cast) -> None:
    make_rate()
    submitted(make_client(name="Brandl"), cast.consultant)
    shown = text_of(signed_in(client, cast.partner).get("/approvals/", {"by": by}))
    assert "Brandl" in shown
    assert str(cast.consultant) in shown


def test_whoever_comes_second_is_told(client: Client, cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant)
    approve_entries([entry.pk], by=cast.partner, at=AT)
    response = signed_in(client, cast.partner).post("/approvals/approve/", {"entry": [entry.pk]})
    assert response.status_code == 409
    assert "reload and look again" in text_of(response)


def test_a_rate_in_another_currency_is_named(client: Client, cast: Cast) -> None:
    far = make_client(name="Brandl")
    make_rate(client=far, currency="RUB", amount="9000.00")
    entry = submitted(far, cast.consultant)
    response = signed_in(client, cast.partner).post("/approvals/approve/", {"entry": [entry.pk]})
    assert response.status_code == 422
    assert "9000.00 RUB" in text_of(response)


def test_own_time_cannot_be_ticked(client: Client, cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.partner)
    api = signed_in(client, cast.partner)
    submitted(make_client(), cast.consultant)
    shown = text_of(api.get("/approvals/"))
    assert "somebody else approves it" in shown
    assert "<b>1 entry</b> of 1:00 waits for you" in shown
    assert waiting_count(cast.partner) == 1
    assert api.post("/approvals/approve/", {"entry": [entry.pk]}).status_code == 422


def test_giving_back_needs_a_comment(client: Client, cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant)
    api = signed_in(client, cast.partner)
    assert api.post("/approvals/reject/", {"entry": [entry.pk], "comment": ""}).status_code == 422
    assert api.post("/approvals/reject/", {"entry": [entry.pk], "comment": "Which server?"}).status_code == 302
    assert "Which server?" in text_of(signed_in(client, cast.consultant).get("/time/", {"on": "2026-06-10"}))


def test_an_owed_decision_is_made_in_a_dialog(client: Client, cast: Cast) -> None:
    make_rate()
    entry = submitted(make_client(), cast.consultant, needs_decision="timer_stopped")
    api = signed_in(client, cast.partner)
    assert "stopped itself" in text_of(api.get("/approvals/"))
    api.post(f"/approvals/{entry.pk}/decide/", {"choice": "goodwill", "reason": "Nobody worked"})
    entry.refresh_from_db()
    assert (entry.needs_decision, entry.billing_type) == ("", "goodwill")


def test_choosing_nothing_says_so(client: Client, cast: Cast) -> None:
    response = signed_in(client, cast.partner).post("/approvals/approve/", {})
    assert response.status_code == 422
    assert "at least one" in text_of(response)


def test_work_drawn_when_logged_is_shown_to_the_lead(client: Client, cast: Cast) -> None:
    package = make_package(make_client(account_manager=cast.manager, name="Brandl"), draw_on_log=True)
    log(package.client, cast.consultant, 30)
    assert "Drawn when logged" in text_of(signed_in(client, cast.manager).get("/approvals/"))


def test_more_entries_need_no_more_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    make_rate()
    for _round in range(12):
        submitted(make_client(), cast.consultant)
    api = signed_in(client, cast.partner)
    api.get("/approvals/")
    with django_assert_max_num_queries(10):
        api.get("/approvals/")
