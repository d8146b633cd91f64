"""What time costs the database: creating and approving stay within their statements, lists whatever their length."""

from typing import Any

import pytest

from billing.models import TimeEntry
from clients.models import Client
from tests.billing.test_api_time import URL, alfa, body
from tests.make import Cast, log, make_api, make_engagement, make_package, submitted
from tests.statements import counted

__all__ = ["alfa"]


@pytest.mark.parametrize("who", ["partner", "manager", "consultant"])
@pytest.mark.parametrize("linked", ["package", "engagement", "nothing"])
def test_logging_an_entry_that_draws_at_once_takes_eleven_statements(
    cast: Cast, alfa: Client, who: str, linked: str
) -> None:
    user = getattr(cast, who)
    package = make_package(alfa, draw_on_log=True)
    engagement = make_engagement(alfa, lead=cast.manager)
    api = make_api(user)
    links: dict[str, Any] = {"package": {"hour_package": package.pk}, "engagement": {"engagement": engagement.pk}}
    asked = body(alfa, employee=user.pk, **links.get(linked, {}))
    api.post(URL, asked)  # the first one of a day notes that the token is in use
    with counted() as statements:
        entry = api.post(URL, asked).json()
    assert (entry["status"], entry["approved_on_log"]) == ("approved", True)
    assert len(statements) <= 11, statements  # one to lock the accounts, one to read them after the wait


def test_a_plain_draft_takes_seven_statements(cast: Cast, alfa: Client) -> None:
    make_package(alfa)
    api = make_api(cast.consultant)
    api.post(URL, body(alfa))
    with counted() as statements:
        assert api.post(URL, body(alfa)).json()["status"] == "draft"
    assert len(statements) <= 7, statements


def test_approving_takes_eighteen_statements(cast: Cast, alfa: Client) -> None:
    make_package(alfa)
    first, second = submitted(alfa, cast.consultant), submitted(alfa, cast.consultant)
    api = make_api(cast.manager)
    api.post(f"{URL}{first.pk}/approve/")
    with counted() as statements:
        assert api.post(f"{URL}{second.pk}/approve/").json()["status"] == "approved"
    assert len(statements) <= 18, statements  # one to lock the accounts, one to read them after the wait


@pytest.mark.parametrize("who", ["partner", "manager", "consultant"])
def test_a_list_takes_two_statements_whatever_its_length(cast: Cast, alfa: Client, who: str) -> None:
    api = make_api(getattr(cast, who))
    make_package(alfa, hours=3)
    api.get(URL)
    for count in (10, 50):
        while TimeEntry.objects.count() < count:
            log(alfa, cast.consultant, 30)
        with counted() as statements:
            assert len(api.get(f"{URL}?page_size=500").json()["results"]) == count
        assert len(statements) == 2, statements


def test_what_saving_answers_is_what_reading_answers(cast: Cast, alfa: Client) -> None:
    make_package(alfa, hours=5, draw_on_log=True)
    api = make_api(cast.consultant)
    bodies = [
        body(alfa, minutes=60),
        body(alfa, minutes=420, started_at="2026-06-10T08:00:00Z", ended_at="2026-06-10T15:00:00+00:00"),
        body(alfa, billing_type="goodwill", reason="our mistake"),
        body(alfa, external_source="tracker", external_id="7", engagement=make_engagement(alfa, lead=cast.manager).pk),
    ]
    for asked in bodies:
        saved = api.post(URL, asked)
        assert saved.status_code == 201, saved.json()
        read = api.get(f"{URL}{saved.json()['id']}/")
        assert saved.json() == read.json()
        assert saved.headers["ETag"] == read.headers["ETag"]
