"""Loops of detractors: opened by the answer, closed in words, told in figures, and the person asked again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client, Contact, Task
from clients.services.tasks import finish_task
from loyalty.models import DetractorLoop, LoyaltyPolicy, Survey, SurveyInvitation
from loyalty.services.answers import record_answer
from loyalty.services.loops import ask_again, close_loop, note_contacts, renew_loops
from tests.make import Cast, browser_of, make_api, make_call, make_client, make_contact, make_survey, make_user

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
DONE = {"cause": "neglect", "action": "Called and met them.", "recovered": True}


@pytest.fixture
def client(cast: Cast) -> Client:
    return make_client(account_manager=cast.manager)


def loop_of(client: Client, *, at: datetime = NOON, score: int = 3, **kw: Any) -> DetractorLoop:
    contact = make_contact(client, **kw)
    record_answer(make_survey(by=client.account_manager), contact, score=score, comment="Slow.", at=at)
    return DetractorLoop.objects.select_related("response__contact").get(response__contact=contact)


def done(loop: DetractorLoop, **kw: Any) -> DetractorLoop:
    for name, value in {**DONE, "first_contact_at": loop.response.answered_at + timedelta(hours=3), **kw}.items():
        setattr(loop, name, value)
    return loop


def test_only_detractors_have_a_loop_and_a_better_answer_ends_it(client: Client) -> None:
    survey, contact = make_survey(), make_contact(client)
    record_answer(survey, contact, score=6, comment="", at=NOON)
    record_answer(survey, contact, score=5, comment="", at=NOON)
    assert DetractorLoop.objects.open().count() == 1
    record_answer(survey, contact, score=9, comment="", at=NOON)
    record_answer(survey, make_contact(client), score=7, comment="", at=NOON)
    assert not DetractorLoop.objects.open().exists()


def test_the_task_leads_to_the_loop(client: Client) -> None:
    loop = loop_of(client)
    assert Task.objects.get(kind="detractor").url == reverse("loyalty:loop_edit", args=[loop.pk])


@pytest.mark.parametrize("missing", ["cause", "action", "recovered", "first_contact_at"])
def test_a_loop_closes_in_words_only(client: Client, cast: Cast, missing: str) -> None:
    loop = done(loop_of(client), **{missing: None if missing in ("recovered", "first_contact_at") else ""})
    with pytest.raises(ValidationError):
        close_loop(loop, by=cast.manager, at=NOON + timedelta(days=2))
    assert DetractorLoop.objects.open().exists()


def test_closing_settles_the_task_and_says_when_the_person_is_asked_again(client: Client, cast: Cast) -> None:
    loop = done(loop_of(client))
    close_loop(loop, by=cast.manager, at=NOON + timedelta(days=2))
    loop.refresh_from_db()
    assert (loop.closed_by, loop.reask_on) == (cast.manager, date(2027, 5, 25))  # 180 days after the answer
    assert not Task.objects.unfinished().exists()


@pytest.mark.parametrize("hours", [-1, 72])
def test_a_first_contact_lies_between_the_answer_and_now(client: Client, cast: Cast, hours: int) -> None:
    loop = done(loop_of(client), first_contact_at=NOON + timedelta(hours=hours))
    with pytest.raises(ValidationError) as refused:
        close_loop(loop, by=cast.manager, at=NOON + timedelta(hours=48))
    assert "first_contact_at" in refused.value.message_dict


def test_a_call_logged_elsewhere_is_the_first_contact(client: Client, cast: Cast) -> None:
    loop = loop_of(client)
    person = loop.response.contact
    make_call(client, by=cast.manager, at=NOON - timedelta(hours=2), contacts=[person])
    make_call(client, by=cast.manager, at=NOON + timedelta(hours=20), contacts=[make_contact(client)])
    renew_loops(at=NOON + timedelta(days=1))
    loop.refresh_from_db()
    assert loop.first_contact_at is None
    make_call(client, by=cast.manager, at=NOON + timedelta(hours=30), contacts=[person])
    renew_loops(at=NOON + timedelta(days=2))
    loop.refresh_from_db()
    assert loop.first_contact_at == NOON + timedelta(hours=30)


def test_first_contacts_of_all_loops_are_found_by_one_statement(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    loops = [loop_of(client) for _ in range(3)]
    for number, loop in enumerate(loops[:2]):
        for hours in (9, 3 + number):
            at = NOON + timedelta(hours=hours)
            make_call(client, by=cast.manager, at=at, contacts=[loop.response.contact])
    with django_assert_num_queries(1):
        note_contacts()
    found = DetractorLoop.objects.order_by("pk").values_list("first_contact_at", flat=True)
    assert list(found) == [NOON + timedelta(hours=3), NOON + timedelta(hours=4), None]


def test_a_task_ticked_off_comes_back_after_a_week_while_the_loop_is_open(client: Client, cast: Cast) -> None:
    loop_of(client)
    finish_task(Task.objects.get(kind="detractor"), by=cast.manager, at=NOON)
    assert renew_loops(at=NOON + timedelta(days=6)) == 0
    assert renew_loops(at=NOON + timedelta(days=8)) == 1


def test_people_of_closed_loops_are_asked_again_once_when_the_pauses_allow(client: Client, cast: Cast) -> None:
    loop = done(loop_of(client, email="a@client.example"))
    close_loop(loop, by=cast.manager, at=NOON + timedelta(days=2))
    assert loop.reask_on is not None
    assert ask_again(on=loop.reask_on - timedelta(days=1), at=NOON) == 0
    at = NOON + timedelta(days=180)
    assert [ask_again(on=loop.reask_on, at=at), ask_again(on=loop.reask_on, at=at)] == [1, 0]
    invitation = SurveyInvitation.objects.get()
    assert (invitation.contact, invitation.survey.kind) == (loop.response.contact, "relational")
    assert (invitation.survey.state, invitation.survey.reasks_of_on) == (Survey.State.SENDING, date(2027, 5, 1))


@pytest.mark.parametrize("why", [{"surveys_refused_at": NOON}, {"left_on": date(2026, 12, 1)}, {"email": ""}])
def test_who_left_or_wants_no_surveys_is_not_asked_again(client: Client, cast: Cast, why: dict[str, Any]) -> None:
    loop = close_loop(done(loop_of(client, email="a@client.example")), by=cast.manager, at=NOON + timedelta(days=2))
    Contact.objects.filter(survey_responses=loop.response).update(**why)
    assert ask_again(on=date(2027, 6, 1), at=NOON) == 0


def test_whoever_is_not_to_be_asked_again_has_no_day(client: Client, cast: Cast) -> None:
    loop = done(loop_of(client), asks_again=False)
    assert close_loop(loop, by=cast.manager, at=NOON + timedelta(days=2)).reask_on is None


def test_the_page_and_the_api_tell_contacts_in_time_open_and_recovered(client: Client, cast: Cast) -> None:
    now = timezone.now()
    for hours, recovered in ((5, True), (30, False), (60, None), (None, None)):
        loop = loop_of(client, at=now - timedelta(days=9))
        if hours:
            loop.first_contact_at = loop.response.answered_at + timedelta(hours=hours)
            loop.save()
        if recovered is not None:
            close_loop(done(loop, first_contact_at=loop.first_contact_at, recovered=recovered), by=cast.manager, at=now)
    LoyaltyPolicy.objects.update_or_create(pk=1, defaults={"first_contact_hours": 24})
    told = make_api(cast.partner).get("/api/v1/reports/nps/").json()["loops"]
    assert (told["n"], told["judged"], told["in_time"], told["in_time_share"]) == (4, 4, 1, "0.250000")
    assert (told["open"], told["recovered_share"], told["first_contact_hours"]) == (2, "0.500000", 24)
    text = browser_of(cast.partner).get(reverse("loyalty:nps")).content.decode()
    assert "Spoken to within 24 hours" in text
    assert "1 of 4 whose time is over" in text
    assert text.count("/loyalty/loops/") == 2


def test_a_loop_is_kept_as_it_goes_on_and_closed_on_its_page(client: Client, cast: Cast) -> None:
    loop = loop_of(client, at=timezone.now() - timedelta(days=2))
    browser, url = browser_of(cast.manager), reverse("loyalty:loop_edit", args=[loop.pk])
    assert "Slow." in browser.get(url).content.decode()
    assert browser.post(url, {"cause": "price", "asks_again": "on"}).status_code == 302
    assert browser.post(url, {"cause": "price", "close": "1"}).status_code == 422
    spoken = timezone.localtime(loop.response.answered_at).strftime("%Y-%m-%dT%H:%M")
    fields = {**DONE, "recovered": "1", "first_contact_at": spoken, "close": "1"}
    assert browser.post(url, fields).status_code == 302
    loop.refresh_from_db()
    assert (loop.recovered, loop.closed_by) == (True, cast.manager)


def test_only_loops_of_own_clients_are_seen(client: Client, cast: Cast) -> None:
    loop = loop_of(make_client(account_manager=make_user()))
    assert browser_of(cast.manager).get(reverse("loyalty:loop_edit", args=[loop.pk])).status_code == 404
    api = make_api(cast.manager)
    assert api.get("/api/v1/detractor-loops/").json()["results"] == []
    assert make_api(cast.partner).get("/api/v1/detractor-loops/?open=true").json()["results"][0]["id"] == loop.pk


def test_a_program_patches_a_loop_and_closes_it(client: Client, cast: Cast) -> None:
    loop = loop_of(client, at=timezone.now() - timedelta(days=2))
    api, url = make_api(cast.manager), f"/api/v1/detractor-loops/{loop.pk}/"
    early = (loop.response.answered_at - timedelta(days=1)).isoformat()
    refused = api.patch(url, {"first_contact_at": early})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "first_contact_at")
    assert api.post(f"{url}close/").status_code == 400
    assert api.patch(url, {**DONE, "first_contact_at": timezone.now().isoformat()}).status_code == 200
    closed = api.post(f"{url}close/").json()
    assert (closed["recovered"], closed["closed_by"]) == (True, cast.manager.pk)
    assert closed["reask_on"]
