"""Calls, promises and tasks in their dialogs, and the promise board."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from clients.models import (
    Absence,
    Client,
    Contact,
    DirectChannelGrant,
    Interaction,
    Promise,
    PromiseDate,
    Task,
)
from clients.services.meetings import plan_meeting
from clients.services.merging import merge_client
from clients.services.tasks import TaskDraft, open_task
from crm.models import User
from tests.clients.pages import signed_in, text_of, url, valued
from tests.make import Cast, make_call, make_client, make_contact, make_promised, make_tiers, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def call_of(called: Client, **kw: Any) -> dict[str, Any]:
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    fields = {"client": called.name, "kind": "call", "occurred_at": now, "direction": "both", "via": "direct"}
    return {**fields, "summary": "VAT on port fees", **kw}


def test_a_call_is_logged_from_anywhere_by_the_clients_name(cast: Cast) -> None:
    client = make_client(name="Северный Причал", account_manager=cast.manager)
    person = make_contact(client)
    response = signed_in(cast.manager).post(url("interaction_new"), call_of(client, contacts=[person.pk]))
    assert response.status_code == 302
    row = Interaction.objects.get()
    assert (row.client, list(row.contacts.all()), list(row.employees.all())) == (client, [person], [cast.manager])


def test_who_comes_directly_without_a_channel_may_be_routed_at_once(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person = make_contact(client)
    browser, route = signed_in(cast.manager), url("inquiry_new")
    for kw, offered in (({"direction": "in"}, True), ({"direction": "out"}, False), ({"via": "hotline"}, False)):
        said = browser.post(url("interaction_new"), call_of(client, contacts=[person.pk], **kw), follow=True)
        assert (f"{route}?client={client.pk}" in text_of(said)) == offered
    DirectChannelGrant.objects.create(
        client=client,
        contact=person,
        employee=cast.manager,
        channel="phone",
        granted_on=timezone.localdate(),
        basis="tier",
        granted_by=cast.manager,
    )
    said = browser.post(
        url("interaction_new"), call_of(client, direction="in", contacts=[person.pk], summary="Again"), follow=True
    )
    assert f"{route}?client={client.pk}" not in text_of(said)


def test_a_wrong_call_keeps_what_was_typed(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser = signed_in(cast.manager)
    for wrong in ({"client": "Nobody at all"}, {"minutes": "-5"}, {"occurred_at": "2999-01-01T00:00"}, {"kind": "x"}):
        response = browser.post(url("interaction_new"), call_of(client, **wrong))
        assert response.status_code == 422, wrong
        assert "VAT on port fees" in text_of(response)
    assert browser.post(url("interaction_new"), call_of(client, kind="social")).status_code == 422
    assert not Interaction.objects.exists()


def test_a_summary_with_a_password_is_held_back_until_it_is_said_to_be_none(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser = signed_in(cast.manager)
    secret = call_of(client, summary="Password: hunter2")
    response = browser.post(url("interaction_new"), secret)
    assert response.status_code == 422
    assert "hunter2" in text_of(response)
    assert browser.post(url("interaction_new"), {**secret, "not_secret": "on"}).status_code == 302


def test_several_clients_of_one_name_are_listed_to_choose_from(cast: Cast) -> None:
    first, second = make_client(name="Alfa", city="Bonn"), make_client(name="Alfa", city="Köln")
    browser = signed_in(cast.partner)
    assert "Several clients match" in text_of(browser.post(url("interaction_new"), call_of(first)))
    browser.post(url("interaction_new"), call_of(first, client="Alfa · Köln"))
    browser.post(url("interaction_new"), call_of(first, client=f"Alfa · Bonn #{first.pk}"))
    assert {row.client for row in Interaction.objects.all()} == {first, second}


def test_the_people_of_a_chosen_client_are_offered(cast: Cast) -> None:
    client = make_client(name="Alfa")
    make_contact(client, last_name="Lapin")
    browser = signed_in(cast.partner)
    headers = {"HX-Request": "true"}
    part = browser.get(url("interaction_new"), {"part": "people", "client": "Alfa"}, headers=headers)
    assert "Lapin" in text_of(part)
    part = browser.get(url("promise_new"), {"part": "people", "client": "Alfa"}, headers=headers)
    assert "Lapin" in text_of(part)
    assert "Alfa" in text_of(browser.get(url("client_options"), {"of": "client", "client": "alf"}))


def test_an_entry_is_corrected_by_who_logged_it(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    row = make_call(client, by=cast.manager, at=timezone.now())
    browser = signed_in(cast.manager)
    assert browser.post(url("interaction_edit", row.pk), call_of(client, summary="Corrected")).status_code == 302
    row.refresh_from_db()
    assert row.summary == "Corrected"
    assert signed_in(cast.finance).get(url("interaction_edit", row.pk)).status_code == 403


def test_a_promise_is_made_kept_and_taken_back_by_undo(cast: Cast) -> None:
    make_client(name="Alfa", account_manager=cast.manager)
    browser = signed_in(cast.manager)
    body = {"client": "Alfa", "text": "Memo", "due_on": "2026-12-01", "source": "call", "made_by": cast.manager.pk}
    assert browser.post(url("promise_new"), {**body, "text": ""}).status_code == 422
    assert browser.post(url("promise_new"), body).status_code == 302
    promise = Promise.objects.get()
    answer = browser.post(url("promise_keep", promise.pk), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert url("promise_reopen", promise.pk) in answer.headers["HX-Trigger"]
    again = browser.post(url("promise_keep", promise.pk), headers={"HX-Request": "true"})
    assert "kept already" in again.headers["HX-Trigger"]
    browser.post(url("promise_reopen", promise.pk))
    promise.refresh_from_db()
    assert promise.kept_at is None
    assert browser.get(url("promise_keep", promise.pk)).status_code == 405


@pytest.mark.parametrize("name", ["interaction_new", "promise_new"])
@pytest.mark.parametrize("typed", ["\x00", "x" * 300])
def test_a_client_that_no_name_can_be_is_refused_in_the_form(cast: Cast, name: str, typed: str) -> None:
    assert signed_in(cast.manager).post(url(name), {"client": typed, "kind": "call"}).status_code == 422


def redate_of(promise: Promise, **kw: Any) -> dict[str, Any]:
    later = (timezone.localtime(promise.current_due_at) + timedelta(days=4)).date().isoformat()
    told = (timezone.localtime() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")
    fields = {"seen": promise.current_due_at.isoformat(), "due_on": later, "channel": "call", "reason": "bank"}
    return {**fields, "informed_at": told, "can_hold": "on", "words": "It will be Tuesday.", **kw}


def test_a_client_is_warned_and_the_second_date_must_hold(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    due = (timezone.localdate() + timedelta(days=5)).isoformat()
    promise = make_promised(client, by=cast.manager, contact=make_contact(client), due=due)
    browser = signed_in(cast.manager)
    page = url("promise_redate", promise.pk)
    assert "second date, must hold" in text_of(browser.get(page))
    assert browser.post(page, redate_of(promise, can_hold="")).status_code == 422
    stale = browser.post(page, redate_of(promise, seen="2026-01-01T00:00:00+00:00"))
    assert "Somebody else has just moved" in text_of(stale)
    assert browser.post(page, redate_of(promise)).status_code == 302
    assert PromiseDate.objects.get().client_informed_at is not None
    assert Interaction.objects.get().summary == "It will be Tuesday."
    promise.refresh_from_db()
    refused = browser.post(page, redate_of(promise))
    assert refused.status_code == 422
    assert "Only a partner" in text_of(refused)
    assert signed_in(cast.partner).post(page, redate_of(promise)).status_code == 302


def test_the_other_promises_of_the_day_are_shown(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-12-01")
    make_promised(by=cast.manager, due="2026-12-05", text="Another memo")
    page = text_of(signed_in(cast.partner).get(url("promise_day", promise.pk), {"due_on": "2026-12-05"}))
    assert "Another memo" in page
    assert "weekend" in page
    for nonsense in ("2026-13-45", "x", "", "9999-12-31", "0001-01-01"):
        assert signed_in(cast.partner).get(url("promise_day", promise.pk), {"due_on": nonsense}).status_code == 200


def test_the_form_of_a_second_date_shows_the_day_without_script_and_keeps_what_was_typed(cast: Cast) -> None:
    promise = make_promised(by=cast.manager, due="2026-12-01")
    make_promised(by=cast.manager, due="2026-12-05", text="Another memo")
    Absence.objects.create(user=cast.manager, from_on="2026-12-05", to_on="2026-12-06", reason="holiday")
    typed = redate_of(promise, due_on="2026-12-05", look="1", reason="the bank is slow", can_hold="")
    answer = signed_in(cast.manager).post(url("promise_redate", promise.pk), typed)
    assert answer.status_code == 200
    for words in ("Can you hold it?", "Another memo", "nobody stands in", "the bank is slow", "booked no time"):
        assert words in text_of(answer)
    assert not PromiseDate.objects.exists()
    refused = signed_in(cast.manager).post(url("promise_redate", promise.pk), {**typed, "look": "", "can_hold": "on"})
    assert refused.status_code == 422
    assert "Another memo" in text_of(refused)


def test_the_board_lists_promises_by_state_with_rates(cast: Cast) -> None:
    client = make_client(name="Alfa", account_manager=cast.manager)
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    make_promised(client, by=cast.manager, due=yesterday, text="Too late")
    kept = make_promised(client, by=cast.manager, due=yesterday, text="In time")
    Promise.objects.filter(pk=kept.pk).update(kept_at=kept.due_at - timedelta(hours=1))
    page = text_of(signed_in(cast.manager).get(url("promise_list")))
    for words in ("Too late", "In time", "1 of 2", "50%", "Anna Orlova"):
        assert words in page
    assert signed_in(cast.finance).get(url("promise_list")).status_code == 404
    assert "Too late" in text_of(signed_in(cast.manager).get(url("promise", Promise.objects.get(text="Too late").pk)))


def test_the_board_counts_over_all_promises_and_says_how_many_it_shows(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, due = make_client(account_manager=cast.manager), timezone.now() - timedelta(days=1)
    fields = {"client": client, "text": "Memo", "due_at": due, "current_due_at": due, "made_by": cast.manager}
    Promise.objects.bulk_create(Promise(**fields, made_at=due - timedelta(days=9)) for _each in range(2001))
    monkeypatch.setattr("clients.reports.board.SHOWN", 2)
    shown = signed_in(cast.manager).get(url("promise_list"))
    board = shown.context["board"]
    (late,) = board.columns
    assert (board.rates.n, board.open_n, late.n, len(late.rows)) == (2001, 2001, 2001, 2)
    assert "2 of 2001 stand here" in text_of(shown)


@pytest.mark.parametrize(("n", "words"), [(1, "a single slip"), (5, "late as a habit")])
def test_a_late_promise_says_on_the_board_and_its_page_whether_it_was_a_slip(cast: Cast, n: int, words: str) -> None:
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    rows = [make_promised(make_client(account_manager=cast.manager), by=cast.manager, due=yesterday) for _ in range(n)]
    browser = signed_in(cast.manager)
    board = browser.get(url("promise_list")).content.decode()
    assert board.count(f'chip {"bad" if n > 1 else "line"}">{words}') == n
    assert words in text_of(browser.get(url("promise", rows[0].pk)))


@pytest.mark.parametrize("n", [3, 30])
def test_the_board_costs_the_same_whatever_is_promised(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(n):
        make_promised(valued(account_manager=cast.manager), by=cast.manager, due=timezone.localdate().isoformat())
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(9):
        browser.get(url("promise_list"))


def test_a_task_is_done_snoozed_passed_on_and_taken_back(cast: Cast) -> None:
    task = open_task(TaskDraft(kind="x", source="1", assignee=cast.manager, title="Call", due_at=timezone.now()))
    assert task is not None
    browser = signed_in(cast.manager)
    answer = browser.post(url("task_done", task.pk), headers={"HX-Request": "true"})
    undo = answer.headers["HX-Trigger"].split('"button": ["')[1].split('"')[0]
    assert signed_in(cast.partner).post(undo).status_code == 404
    assert browser.post(undo).status_code == 302
    task.refresh_from_db()
    assert task.state == "open"
    assert browser.post(url("task_undo", "forged")).status_code == 404
    assert browser.post(url("task_snooze", task.pk), {"until": "2020-01-01", "reason": "x"}).status_code == 422
    assert browser.post(url("task_snooze", task.pk), {"until": "2999-01-01", "reason": "x"}).status_code == 302
    assert browser.post(url("task_delegate", task.pk), {"to": cast.partner.pk}).status_code == 302
    assert browser.post(url("task_dismiss", task.pk), {"reason": "solved"}).status_code == 404
    assert signed_in(cast.partner).post(url("task_dismiss", task.pk), {"reason": "solved"}).status_code == 302
    assert Task.objects.get().state == "dismissed"


def test_the_reminder_to_talk_is_snoozed(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager, since_on=date(2020, 1, 1))
    browser = signed_in(cast.manager)
    assert client.name in text_of(browser.get(url("today")))
    body = {"until": "2999-01-01", "reason": "travels"}
    assert browser.post(url("client_snooze", client.pk), body).status_code == 302
    browser.get(url("today"))  # says once that it was put away
    assert client.name not in text_of(browser.get(url("today")))


def test_can_you_hold_it_counts_promises_of_foreign_clients_and_names_them_not(cast: Cast) -> None:
    mine = make_client(name="Alfa", account_manager=cast.manager)
    due = (timezone.localdate() + timedelta(days=2)).isoformat()
    asked = make_promised(mine, by=cast.partner)
    make_promised(make_client(name="Beta", account_manager=cast.partner), by=cast.partner, due=due, text="Secret memo")
    browser = signed_in(cast.manager)
    shown = text_of(browser.get(url("promise_day", asked.pk), {"due_on": due}))
    assert "Beta" not in shown
    assert "Secret memo" not in shown
    assert "has 1 other promise on that day." in shown
    make_promised(mine, by=cast.partner, due=due, text="Open letter")
    shown = text_of(browser.get(url("promise_day", asked.pk), {"due_on": due}))
    assert "has 2 other promises on that day:" in shown
    assert "Alfa: Open letter" in shown
    assert "And 1 of a client" in shown
    assert "Secret memo" in text_of(signed_in(cast.partner).get(url("promise_day", asked.pk), {"due_on": due}))


def test_correcting_an_old_call_keeps_who_has_left_since(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person, colleague = make_contact(client), make_user()
    row = make_call(client, by=cast.manager, contacts=[person], employees=[cast.manager, colleague])
    Contact.objects.filter(pk=person.pk).update(left_on=date(2026, 11, 27))
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    browser = signed_in(cast.manager)
    form = browser.get(url("interaction_edit", row.pk)).context["form"]
    kept = {name: form[name].value() for name in ("contacts", "employees")}
    body = call_of(client, occurred_at="2026-11-26T12:00", summary="Corrected", **kept)
    assert browser.post(url("interaction_edit", row.pk), body).status_code == 302
    assert set(row.contacts.all()) == {person}
    assert set(row.employees.all()) == {cast.manager, colleague}


def test_people_of_a_merged_client_are_talked_with_and_promised_to(cast: Cast) -> None:
    kept, double = (make_client(name=name, account_manager=cast.manager) for name in ("Alfa", "Alfa Duo"))
    person = make_contact(double)
    browser = signed_in(cast.manager)
    assert browser.post(url("interaction_new"), call_of(kept, contacts=[person.pk])).status_code == 422
    merge_client(double, into=kept, at=timezone.now())
    assert browser.post(url("interaction_new"), call_of(kept, contacts=[person.pk])).status_code == 302
    assert Interaction.objects.get().contacts.get() == person
    person = Contact.objects.get(pk=person.pk)
    assert make_promised(kept, contact=person).contact == person
    now = timezone.now()
    assert plan_meeting(kept, about="Talk", begins_at=now + timedelta(days=1), by=cast.manager, at=now, contact=person)
