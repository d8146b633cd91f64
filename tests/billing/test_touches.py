"""A logged call becomes time by one click: once, for who took part, and taken back like any other entry."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from billing.models import TimeEntry
from billing.reports.booked import booked_time
from clients.models import Interaction
from tests.clients.pages import signed_in, text_of
from tests.make import Cast, log, make_call, make_client, make_contact, make_engagement, make_rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(cast: Cast) -> Interaction:
    """Yesterday's call of the manager and the consultant with somebody of a German client, 25 minutes."""
    client = make_client(account_manager=cast.manager, language="de")
    make_rate(client=client)
    make_engagement(client, lead=cast.manager, members=[cast.consultant, cast.manager])
    petra = make_contact(client, first_name="Petra", last_name="Hofmann")
    return make_call(
        client,
        by=cast.manager,
        at=timezone.now() - timedelta(days=1),
        contacts=[petra],
        employees=[cast.manager, cast.consultant],
        kind="call",
        minutes=25,
        summary="Afraid of the new tax office",
    )


def press(browser: Browser, call: Interaction) -> int:
    answer = browser.post(reverse("billing:time_touch", args=[call.pk]), headers={"HX-Request": "true"})
    return answer.status_code


def test_one_click_logs_a_call_as_time_and_a_second_one_does_not_double_it(cast: Cast, call: Interaction) -> None:
    browser = signed_in(cast.manager)
    assert [press(browser, call), press(browser, call)] == [204, 204]
    entry = TimeEntry.objects.get()
    assert (entry.employee, entry.client, entry.minutes) == (cast.manager, call.client, 25)
    assert entry.worked_on == timezone.localdate() - timedelta(days=1)
    assert entry.engagement is not None


def test_the_text_of_the_entry_is_in_the_words_of_the_client_and_keeps_our_summary_out(
    cast: Cast, call: Interaction
) -> None:
    press(signed_in(cast.manager), call)
    assert TimeEntry.objects.get().description == "Anruf mit Petra Hofmann"


def test_each_of_us_who_took_part_logs_their_own_time(cast: Cast, call: Interaction) -> None:
    for person in (cast.manager, cast.consultant):
        assert press(signed_in(person), call) == 204
    assert set(TimeEntry.objects.values_list("employee", "minutes")) == {
        (cast.manager.pk, 25),
        (cast.consultant.pk, 25),
    }
    for stranger in (cast.partner, cast.outsider):
        assert press(signed_in(stranger), call) == 404
    assert press(signed_in(cast.finance), call) == 403


def test_a_call_without_minutes_is_not_logged_as_time(cast: Cast, call: Interaction) -> None:
    Interaction.objects.update(minutes=None)
    browser = signed_in(cast.manager)
    answer = browser.post(reverse("billing:time_touch", args=[call.pk]), headers={"HX-Request": "true"})
    assert "how many minutes" in answer.headers["HX-Trigger"]
    assert "as time" not in text_of(browser.get(reverse("clients:client_timeline", args=[call.client_id])))
    assert not TimeEntry.objects.exists()


def test_the_timeline_offers_it_until_it_is_done_and_again_when_it_was_taken_back(
    cast: Cast, call: Interaction
) -> None:
    browser = signed_in(cast.manager)
    timeline = reverse("clients:client_timeline", args=[call.client_id])
    assert "Log 0:25 as time" in text_of(browser.get(timeline))
    press(browser, call)
    assert "Logged as time" in text_of(browser.get(timeline))
    browser.post(reverse("billing:time_delete", args=[TimeEntry.objects.get().pk]))
    assert "Log 0:25 as time" in text_of(browser.get(timeline))
    browser.post(reverse("billing:time_undo"))
    assert "Logged as time" in text_of(browser.get(timeline))
    assert press(browser, call) == 204
    assert TimeEntry.objects.count() == 1


def test_only_who_was_there_and_logs_time_is_offered_the_click(cast: Cast, call: Interaction) -> None:
    timeline = reverse("clients:client_timeline", args=[call.client_id])
    assert "as time" not in text_of(signed_in(cast.partner).get(timeline))
    assert "Log 0:25 as time" in text_of(signed_in(cast.consultant).get(timeline))


def test_the_words_after_logging_a_call_offer_the_click(cast: Cast, call: Interaction) -> None:
    body = {
        "client": call.client.name,
        "kind": "call",
        "direction": "both",
        "initiated_by": "us",
        "via": "direct",
        "mode": "customer",
        "contacts": [call.contacts.get().pk],
        "employees": [cast.manager.pk],
        "occurred_at": (timezone.localtime() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M"),
        "minutes": "10",
        "summary": "x",
    }
    answer = signed_in(cast.manager).post(reverse("clients:interaction_new"), body, headers={"HX-Request": "true"})
    assert answer.status_code == 204, answer.content
    made = Interaction.objects.latest("pk")
    assert reverse("billing:time_touch", args=[made.pk]) in answer.headers["HX-Trigger"]
    assert "Log 0:10 as time" in answer.headers["HX-Trigger"]


def test_the_time_booked_on_a_day_is_told_with_names_only_to_who_may_read_it(cast: Cast) -> None:
    client = make_client(name="Brandl", account_manager=cast.manager)
    make_rate(client=client)
    on = timezone.localdate()
    log(client, cast.consultant, 210, worked_on=on)
    (told,) = booked_time(cast.consultant, on, cast.manager)
    assert str(told.words) == "Jonas Keller has booked 3:30 of 8:00 hours on that day. Brandl"
    assert not told.is_full
    (hidden,) = booked_time(cast.consultant, on, cast.outsider)
    assert "Brandl" not in str(hidden.words)
    log(client, cast.consultant, 270, worked_on=on)
    (full,) = booked_time(cast.consultant, on, cast.manager)
    assert full.is_full
