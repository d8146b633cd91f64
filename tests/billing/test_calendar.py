"""The calendar feed: written and read back with a library, per person, revocable, only what the person may see."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from clients.models import Client, ClientMember, Interaction, Task
from clients.services.interactions import log_interaction
from clients.services.meetings import plan_meeting
from clients.services.promises import keep_promise
from crm.calendar import make_feed
from crm.models import LinkOpening, SignedLink, User
from crm.people import let_go
from tests.make import (
    Cast,
    browser_of,
    make_call,
    make_client,
    make_contact,
    make_package,
    make_promised,
)
from tests.make.retainers import make_retainer

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
SOON = datetime(2026, 12, 1, 13, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def alfa(cast: Cast) -> Client:
    """A client of the account manager with one thing of every kind."""
    client = make_client(name="Alfa GmbH", account_manager=cast.manager)
    contact = make_contact(client, birthday=date(1980, 2, 29))
    make_promised(client, by=cast.manager, text="Memo, with comma; and more", due="2026-11-27")
    plan_meeting(client, about="Year end", begins_at=SOON, by=cast.manager, at=NOW, contact=contact)
    make_call(
        client,
        by=cast.manager,
        at=NOW,
        occurred_at=NOW - timedelta(days=2),
        kind="meeting",
        minutes=30,
        summary="Quiet",
    )
    make_retainer(client, name="Care", starts_on=date(2026, 1, 1), term_months=12, notice_days=30)
    make_package(client, name="50 h", expires_on=date(2026, 12, 31))
    return client


def feed_of(user: User) -> str:
    return reverse("calendar_feed", args=[make_feed(user, name="Phone", at=timezone.now())])


def read(user: User) -> dict[str, Any]:
    """The events by what they are called."""
    response = Browser().get(feed_of(user))
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(response.content)
    found = {str(event["summary"]): event for event in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT"))
    assert len({str(event["uid"]) for event in found.values()}) == len(found)
    return found


def test_promises_meetings_renewals_and_birthdays_stand_on_their_days(cast: Cast, alfa: Client) -> None:
    assert {title: event["dtstart"].dt for title, event in read(cast.manager).items()} == {
        "Alfa GmbH: Memo, with comma; and more": date(2026, 11, 27),
        "Alfa GmbH: Year end": SOON,
        "Meeting with Alfa GmbH": NOW - timedelta(days=2),
        "Birthday: Jonas Brandl (Alfa GmbH)": date(2027, 2, 28),
        "Alfa GmbH: last day for notice of Care": date(2026, 12, 1),
        "Alfa GmbH: the term of Care ends": date(2026, 12, 31),
        "Alfa GmbH: hours of 50 h expire": date(2026, 12, 31),
    }


def test_events_last_as_long_as_they_do_and_lead_back(cast: Cast, alfa: Client) -> None:
    events = read(cast.manager)
    held, memo = events["Meeting with Alfa GmbH"], events["Alfa GmbH: Memo, with comma; and more"]
    assert held["dtend"].dt - held["dtstart"].dt == timedelta(minutes=30)
    assert (memo["dtend"].dt, memo["transp"]) == (date(2026, 11, 28), "TRANSPARENT")
    assert "Quiet" not in str(events)
    with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
        for event in events.values():
            assert browser_of(cast.manager).get(urlsplit(str(event["url"])).path).status_code == 200


def test_a_promise_for_a_moment_stands_at_it_and_a_kept_one_leaves(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due_at=SOON, due_is_day=False)
    (event,) = read(cast.manager).values()
    assert event["dtstart"].dt == SOON
    keep_promise(promise, kept_at=NOW, at=NOW)
    assert read(cast.manager) == {}


def test_everybody_reads_their_own_days_and_only_what_they_may_see(cast: Cast, alfa: Client) -> None:
    everything = set(read(cast.manager))
    for stranger in (cast.consultant, cast.outsider, cast.finance):
        assert not everything & set(read(stranger))
    ClientMember.objects.create(client=alfa, user=cast.consultant, role="consultant", from_on=date(2026, 1, 1))
    assert set(read(cast.consultant)) == {title for title in everything if "Meeting" not in title} - {
        "Alfa GmbH: Memo, with comma; and more",
        "Alfa GmbH: Year end",
    }
    Client.objects.update(account_manager=cast.partner)
    assert set(read(cast.partner)) >= {"Birthday: Jonas Brandl (Alfa GmbH)", "Alfa GmbH: the term of Care ends"}
    assert "Birthday: Jonas Brandl (Alfa GmbH)" not in read(cast.manager)


def test_it_speaks_the_language_of_the_person(cast: Cast, alfa: Client) -> None:
    User.objects.filter(pk=cast.manager.pk).update(language="de")
    assert "Treffen mit Alfa GmbH" in read(cast.manager)


def test_a_feed_asks_as_many_questions_for_many_as_for_few(
    cast: Cast, alfa: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        client = make_client(account_manager=cast.manager)
        make_contact(client, birthday=date(1980, 3, 1 + number))
        make_promised(client, by=cast.manager)
        make_retainer(client, starts_on=date(2026, 1, 1))
    url = feed_of(cast.manager)
    with django_assert_max_num_queries(12):
        assert Browser().get(url).status_code == 200


def test_a_revoked_link_and_one_of_somebody_who_left_answer_nothing(cast: Cast, alfa: Client) -> None:
    url, other = feed_of(cast.manager), feed_of(cast.consultant)
    link = SignedLink.objects.get(subject_id=cast.manager.pk)
    revoke = reverse("accounts:calendar_revoke", args=[link.pk])
    assert browser_of(cast.partner).post(revoke).status_code == 404
    assert Browser().get(url).status_code == 200
    assert browser_of(cast.manager).post(revoke).status_code == 302
    for ended in (url, url[:-12] + "x/anchor.ics"):
        response = Browser().get(ended)
        assert (response.status_code, response.content) == (410, b"")
    let_go(cast.consultant, successor=cast.manager, by=cast.partner, on=timezone.localdate(), at=timezone.now())
    assert Browser().get(other).status_code == 410
    assert not SignedLink.objects.usable(at=timezone.now()).exists()


def test_a_program_that_asks_often_is_logged_once_a_day_and_told_when_nothing_is_new(cast: Cast, alfa: Client) -> None:
    url = feed_of(cast.manager)
    first = Browser().get(url)
    again = Browser().get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, LinkOpening.objects.count()) == (304, 1)
    make_promised(alfa, by=cast.manager, text="Another")
    assert Browser().get(url, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_the_address_is_made_in_the_profile_and_shown_once(cast: Cast, alfa: Client) -> None:
    browser = browser_of(cast.manager)
    assert "Nobody reads your calendar" in browser.get(reverse("accounts:calendar")).content.decode()
    assert browser.post(reverse("accounts:calendar_new"), {"name": ""}).status_code == 422
    made = browser.post(reverse("accounts:calendar_new"), {"name": "Phone"})
    address = urlsplit(made.context["address"]).path
    assert Browser().get(address).status_code == 200
    page = browser.get(reverse("accounts:calendar")).content.decode()
    assert "Phone" in page
    assert "last read" in page
    assert address not in page


def test_meeting_new_plans_and_the_logged_meeting_settles_it(cast: Cast) -> None:
    client = make_client(name="Beta", account_manager=cast.manager)
    contact = make_contact(client)
    browser = browser_of(cast.manager)
    given = {"client": "Beta", "contact": contact.pk, "about": "Budget", "begins_on": "2026-12-01"}
    assert browser.post(reverse("clients:meeting_new"), {**given, "begins_time": "late"}).status_code == 422
    past = browser.post(reverse("clients:meeting_new"), {**given, "begins_on": "2026-11-25", "begins_time": "14:00"})
    assert (past.status_code, "Log the meeting instead" in past.content.decode()) == (422, True)
    assert browser.post(reverse("clients:meeting_new"), {**given, "begins_time": "14:00"}).status_code == 302
    task = Task.objects.get(kind="meeting")
    assert (task.due_at, task.contact, task.title, task.assignee) == (SOON, contact, "Budget", cast.manager)
    later = SOON + timedelta(hours=2)
    log_interaction(client, by=cast.manager, occurred_at=later, at=later, kind=Interaction.Kind.CALL)
    assert Task.objects.unfinished().count() == 1
    log_interaction(client, by=cast.consultant, occurred_at=later, at=later, kind=Interaction.Kind.MEETING)
    assert Task.objects.unfinished().count() == 1
    log_interaction(client, by=cast.manager, occurred_at=later, at=later, kind=Interaction.Kind.MEETING)
    task.refresh_from_db()
    assert (task.state, task.closed_by) == ("done", cast.manager)


def test_a_meeting_with_somebody_of_another_client_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refused:
        plan_meeting(make_client(), about="x", begins_at=SOON, by=cast.manager, at=NOW, contact=make_contact())
    assert "contact" in refused.value.message_dict
