"""Pages of the clients floor: what each shows and does, what each refuses, and what each costs."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import (
    Client,
    ClientMember,
    Contact,
    Interaction,
    KeyClientDesignation,
    Promise,
    PromiseDate,
    SavedView,
    Seller,
    ServiceLine,
    Task,
    TierPolicy,
)
from clients.services.facts import add_member, write_figures
from clients.services.tasks import TaskDraft, open_task
from crm.models import AuditEntry, User
from tests.make import Cast, make_call, make_client, make_contact, make_promised, make_seller, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


def url(name: str, *args: Any) -> str:
    return reverse(f"clients:{name}", args=args)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def valued(amount: str = "12300.50", **kw: Any) -> Client:
    client = make_client(**kw)
    write_figures("value", {client.pk: {"simple_value": Decimal(amount)}}, as_of=timezone.localdate())
    return client


def test_today_shows_what_waits_and_what_the_clients_are_worth(cast: Cast) -> None:
    late = valued(name="Zarja", account_manager=cast.manager, since_on=date(2020, 1, 1))
    make_promised(late, by=cast.manager, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    draft: dict[str, Any] = {"assignee": cast.manager, "client": late, "due_at": timezone.now()}
    open_task(TaskDraft(kind="package_low", source="package:1", title="Support 2026, soon empty", **draft))
    page = text_of(signed_in(cast.manager).get(url("today")))
    for words in ("One client needs you today", "Memo on VAT", "not warned", "Support 2026, soon empty", "days late"):
        assert words in page


def test_an_empty_today_says_so(cast: Cast) -> None:
    assert "A quiet day" in text_of(signed_in(cast.finance).get(url("today")))


def test_today_is_one_persons_own(cast: Cast) -> None:
    make_promised(make_client(name="Zarja", account_manager=cast.manager), by=cast.manager)
    assert "Zarja" not in text_of(signed_in(cast.partner).get(url("today")))


def test_a_consultant_sees_no_amount_on_today(cast: Cast) -> None:
    client = valued(name="Zarja")
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    due = (timezone.localdate() + timedelta(days=1)).isoformat()
    make_promised(client, by=cast.consultant, due=due)
    page = text_of(signed_in(cast.consultant).get(url("today")))
    assert "Zarja" in page
    assert "12\u202f3" not in page
    assert "10\u202f000 – 50\u202f000" in page


@pytest.mark.parametrize("n", [3, 30])
def test_today_costs_the_same_whatever_waits(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for number in range(n):
        client = valued(account_manager=cast.manager, since_on=date(2020, 1, 1))
        make_call(client, by=cast.manager, occurred_at=timezone.now() - timedelta(days=200), at=timezone.now())
        make_promised(client, by=cast.manager, due=timezone.localdate().isoformat())
        draft: dict[str, Any] = {"assignee": cast.manager, "client": client, "due_at": timezone.now()}
        open_task(TaskDraft(kind="renewal", source=f"retainer:{number}", title="Renew", **draft))
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(18):
        browser.get(url("today"))


@pytest.mark.parametrize("n", [10, 50, 200])
def test_the_list_costs_at_most_eight_statements(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(n):
        client = valued(account_manager=cast.manager)
        KeyClientDesignation.objects.create(client=client, type="image", since_on=date(2024, 1, 1))
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(8):
        assert browser.get(url("client_list")).status_code == 200


@pytest.mark.parametrize("n", [1, 12])
def test_the_card_costs_at_most_twelve_statements(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    client = valued(account_manager=cast.manager, executive_owner=cast.partner)
    for _ in range(n):
        person = make_contact(client)
        make_call(client, by=cast.manager, contacts=[person], at=timezone.now())
        make_promised(client, by=cast.manager, due=timezone.localdate().isoformat())
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(12):
        assert browser.get(url("client", client.pk)).status_code == 200


def test_the_list_filters_searches_and_sorts(cast: Cast) -> None:
    valued("100", name="Alfa", tier="vip")
    valued("900", name="Beta", tier="c")
    make_client(name="Gamma", status="lost")
    browser = signed_in(cast.partner)

    def names(query: str) -> list[str]:
        rows = browser.get(url("client_list") + query).context["page"].rows
        return [row.name for row in rows]

    assert names("") == ["Beta", "Alfa"]
    assert names("?ordering=value") == ["Alfa", "Beta"]
    assert names("?view=vip") == ["Alfa"]
    assert names("?view=all&status=lost") == ["Gamma"]
    assert names("?search=gam") == ["Gamma"]
    assert names("?value_min=500") == ["Beta"]
    assert names("?value_min=abc") == []


def test_the_list_answers_htmx_with_its_rows_alone(cast: Cast) -> None:
    make_client(name="Alfa")
    response = signed_in(cast.partner).get(url("client_list"), headers={"HX-Request": "true"})
    assert "Alfa" in text_of(response)
    assert "<html" not in text_of(response)
    assert "HX-Request" in response.headers["Vary"]


def test_the_list_hides_the_figures_of_foreign_clients(cast: Cast) -> None:
    valued("777777", name="Foreign")
    page = text_of(signed_in(cast.manager).get(url("client_list")))
    assert "Foreign" in page
    assert "777" not in page


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_holds_exactly_the_rows_of_the_list(cast: Cast, form: str) -> None:
    valued(name="=Alfa", tier="vip", account_manager=cast.partner)
    valued(name="Beta", tier="c")
    response = signed_in(cast.partner).get(url("client_export") + f"?view=vip&format={form}")
    body = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert response.status_code == 200
    if form == "csv":
        lines = body.decode("utf-8-sig").splitlines()
        assert len(lines) == 2
        assert "'=Alfa" in lines[1]
        assert "12300.50" in lines[1]
    assert AuditEntry.objects.filter(action="export").exists()


def test_an_export_of_ticked_rows_holds_these(cast: Cast) -> None:
    alfa = make_client(name="Alfa")
    make_client(name="Beta")
    response = signed_in(cast.partner).get(url("client_export") + f"?format=csv&client={alfa.pk}")
    assert b"Beta" not in b"".join(response.streaming_content)  # type: ignore[attr-defined]
    assert signed_in(cast.partner).get(url("client_export") + "?format=exe").status_code == 404


def test_many_clients_are_assigned_after_confirmation(cast: Cast) -> None:
    mine, foreign = make_client(account_manager=cast.manager), make_client()
    browser = signed_in(cast.manager)
    body = {"client": [mine.pk, foreign.pk], "act": "assign"}
    asked = browser.post(url("client_bulk"), body)
    assert "Give 1 client to" in text_of(asked)
    assert "1 client is not yours" in text_of(asked)
    mine.refresh_from_db()
    assert mine.account_manager == cast.manager
    browser.post(url("client_bulk"), {**body, "sure": "1", "manager": cast.partner.pk})
    mine.refresh_from_db()
    foreign.refresh_from_db()
    assert (mine.account_manager, foreign.account_manager) == (cast.partner, None)
    assert browser.post(url("client_bulk"), {"act": "delete"}).status_code == 403


def test_a_view_is_kept_under_its_name_and_deleted(cast: Cast) -> None:
    browser = signed_in(cast.manager)
    browser.post(url("view_new"), {"name": "My VIPs", "query": "view=vip&page=3"})
    view = SavedView.objects.get()
    assert "My VIPs" in text_of(browser.get(url("client_list")))
    assert browser.post(url("view_new"), {"name": "My VIPs", "query": ""}).status_code == 422
    assert signed_in(cast.partner).post(url("view_delete", view.pk)).status_code == 404
    browser.post(url("view_delete", view.pk))
    assert not SavedView.objects.exists()


NEW = {"name": "Kellner Logistik", "country": "DE", "currency": "EUR", "language": "de", "status": "prospect"}
MORE = {"tier": "c", "e_invoice": "none"}


def test_a_new_client_is_saved_once_its_likeness_was_seen(cast: Cast) -> None:
    make_client(name="Kellner Logistik GmbH")
    browser = signed_in(cast.manager)
    first = browser.post(url("client_new"), {**NEW, **MORE})
    assert first.status_code == 422
    assert "Kellner Logistik GmbH" in text_of(first)
    assert browser.post(url("client_new"), {**NEW, **MORE, "is_new": "on"}).status_code == 302
    assert Client.objects.filter(name="Kellner Logistik").exists()


def test_a_new_client_without_a_likeness_is_saved_at_once(cast: Cast) -> None:
    response = signed_in(cast.manager).post(url("client_new"), {**NEW, **MORE, "name": "Quite Another"})
    assert response.headers["Location"] == url("client", Client.objects.get().pk)
    assert signed_in(cast.consultant).get(url("client_new")).status_code == 403


def test_duplicates_are_hinted_at_while_typing(cast: Cast) -> None:
    make_client(name="Kellner Logistik GmbH")
    response = signed_in(cast.manager).get(
        url("client_duplicates"), {"name": "Kellner"}, headers={"HX-Request": "true"}
    )
    assert "Kellner Logistik GmbH" in text_of(response)


def test_a_client_is_edited_and_nothing_is_overwritten_silently(cast: Cast) -> None:
    client = make_client(name="Alfa", account_manager=cast.manager)
    browser = signed_in(cast.manager)
    form = browser.get(url("client_edit", client.pk)).context["form"]
    seen = form["version"].value()
    Client.objects.filter(pk=client.pk).update(city="Bonn")
    body = {**NEW, "name": "Alfa", "e_invoice": "none", "city": "Köln", "account_manager": cast.manager.pk}
    conflict = browser.post(url("client_edit", client.pk), {**body, "version": seen})
    assert conflict.status_code == 409
    assert "Bonn" in text_of(conflict)
    again = conflict.context["form"].current
    assert browser.post(url("client_edit", client.pk), {**body, "version": again}).status_code == 302
    client.refresh_from_db()
    assert client.city == "Köln"
    assert browser.post(url("client_edit", client.pk), {**body, "vat_id": "DE136695977"}).status_code == 422
    assert browser.get(url("client_edit", make_client().pk)).status_code == 403


def test_of_a_foreign_client_there_is_exactly_the_card(cast: Cast) -> None:
    client = valued(name="Foreign", account_manager=cast.partner, industry="Shipping")
    make_contact(client, last_name="Lapin", birthday=date(1970, 1, 1))
    make_call(client, by=cast.partner, at=timezone.now(), summary="Very private talk")
    browser = signed_in(cast.manager)
    page = text_of(browser.get(url("client", client.pk)))
    for shown in ("Foreign", "Irina Belova", "Lapin"):
        assert shown in page
    for hidden in ("12\u202f300", "Shipping", "Very private talk", "Timeline", "Promises kept"):
        assert hidden not in page
    for closed in ("client_timeline", "client_promises", "client_history"):
        assert browser.get(url(closed, client.pk)).status_code == 404
    assert signed_in(cast.outsider).get(url("client", client.pk)).status_code == 404


def test_a_consultant_sees_the_client_they_work_for_with_a_band(cast: Cast) -> None:
    client = valued(name="Served")
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    page = text_of(signed_in(cast.consultant).get(url("client", client.pk)))
    assert "10\u202f000 – 50\u202f000" in page
    assert "12\u202f3" not in page


def test_every_tab_of_a_client_opens(cast: Cast) -> None:
    client = valued(account_manager=cast.manager)
    person = make_contact(client, influence="decision_maker", nps_score=4, nps_on=date(2026, 1, 1))
    make_call(client, by=cast.manager, contacts=[person], at=timezone.now(), summary="Talked about VAT")
    make_promised(client, by=cast.manager)
    browser = signed_in(cast.manager)
    shown = {
        "client": "Talked about VAT",
        "client_people": "Influence and loyalty",
        "client_timeline": "Talked about VAT",
        "client_promises": "Memo on VAT",
        "client_history": "Changes of the master data",
    }
    for name, words in shown.items():
        assert words in text_of(browser.get(url(name, client.pk))), name
    assert browser.get(url("client_panel", client.pk, "nonsense")).status_code == 404


def test_tier_status_and_members_change_in_dialogs(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager, tier="c")
    partner, manager = signed_in(cast.partner), signed_in(cast.manager)
    assert manager.get(url("client_tier", client.pk)).status_code == 403
    assert partner.post(url("client_tier", client.pk), {"tier": "vip"}).status_code == 422
    assert partner.post(url("client_tier", client.pk), {"tier": "vip", "reason": "new group"}).status_code == 302
    body = {"status": "dormant", "on": "2026-01-01"}
    assert manager.post(url("client_status", client.pk), body).status_code == 302
    client.refresh_from_db()
    assert (client.tier, client.status) == ("vip", "dormant")
    member = {"user": cast.consultant.pk, "from_on": "2026-01-01", "role": "IT"}
    assert manager.post(url("member_new", client.pk), member).status_code == 302
    row = ClientMember.objects.get()
    assert manager.post(url("member_end", row.pk), {"on": "2026-02-01"}).status_code == 302
    row.refresh_from_db()
    assert row.to_on == date(2026, 2, 1)


def test_a_key_client_is_named_confirmed_and_ended(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser = signed_in(cast.manager)
    new = url("designation_new", client.pk)
    assert browser.post(new, {"type": "special", "since_on": "2026-01-01"}).status_code == 422
    figures = {"current_value": "200", "potential_value": "2000", "review_on": "2027-01-01"}
    assert browser.post(new, {"type": "prospective", "since_on": "2026-01-01", **figures}).status_code == 302
    row = KeyClientDesignation.objects.get()
    assert "10 times" in text_of(browser.get(url("designation_edit", row.pk)))
    body = {"since_on": "2026-01-01", **figures, "review_on": "2027-06-01"}
    assert browser.post(url("designation_edit", row.pk), body).status_code == 302
    assert browser.post(url("designation_end", row.pk), {"on": "2026-02-01"}).status_code == 302
    row.refresh_from_db()
    assert (row.review_on, row.until_on) == (date(2027, 6, 1), date(2026, 2, 1))


def test_a_contact_is_noted_changed_and_their_notes_opened_on_record(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    browser = signed_in(cast.manager)
    body = {"last_name": "Lapin", "buying_role": "customer", "level": "staff", "influence": "user", "language": "ru"}
    assert browser.post(url("contact_new", client.pk), {**body, "last_name": ""}).status_code == 422
    assert browser.post(url("contact_new", client.pk), body).status_code == 302
    person = Contact.objects.get()
    other = make_contact(client, last_name="Asla")
    assert browser.post(url("contact_edit", person.pk), {**body, "listens_to": [other.pk]}).status_code == 302
    assert "Asla" in text_of(browser.get(url("contact", person.pk)))
    assert browser.get(url("contact_notes", person.pk)).status_code == 200
    assert AuditEntry.objects.filter(action="open", object_id=person.pk, actor=cast.manager).exists()
    assert browser.post(url("contact_notes", person.pk), {"private_notes": "likes tea"}).status_code == 302
    person.refresh_from_db()
    assert person.private_notes == "likes tea"
    stranger = make_contact()
    assert browser.get(url("contact", stranger.pk)).status_code == 200
    assert browser.get(url("contact_notes", stranger.pk)).status_code == 403


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
    for nonsense in ("2026-13-45", "x", ""):
        assert signed_in(cast.partner).get(url("promise_day", promise.pk), {"due_on": nonsense}).status_code == 200


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
    undo = answer.headers["HX-Trigger"].split('"undo": "')[1].split('"')[0]
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


def test_the_firms_settings_are_a_partners(cast: Cast) -> None:
    partner, manager = signed_in(cast.partner), signed_in(cast.manager)
    policy = TierPolicy.objects.get(tier="a")
    body = {
        "attention_days": 10,
        "first_response_hours": 4,
        "discount_ceiling_percent": 10,
        "goodwill_minutes": 1200,
    }
    assert "14 days" in text_of(partner.get(url("tier_list")))
    assert partner.post(url("tier_edit", policy.pk), {**body, "attention_days": 0}).status_code == 422
    assert partner.post(url("tier_edit", policy.pk), body).status_code == 302
    policy.refresh_from_db()
    assert policy.attention_days == 10
    assert manager.get(url("tier_list")).status_code == 403
    assert partner.post(url("service_line_new"), {"code": "law", "name": "Law", "is_active": "on"}).status_code == 302
    line = ServiceLine.objects.get()
    changed = {"code": "law", "name": "Law", "name_ru": "Право", "is_active": "on"}
    assert partner.post(url("service_line_edit", line.pk), changed).status_code == 302
    assert "Право" in text_of(partner.get(url("service_line_list")))


def test_own_companies_and_accounts_are_kept_by_finance(cast: Cast) -> None:
    seller = make_seller("DE")
    finance = signed_in(cast.finance)
    assert seller.name in text_of(finance.get(url("seller_list")))
    wrong = finance.post(url("account_new", seller.pk), {"currency": "EUR", "iban": "DE89370400440532013001"})
    assert wrong.status_code == 422
    right = finance.post(url("account_new", seller.pk), {"currency": "EUR", "iban": "DE89 3704 0044 0532 0130 00"})
    assert right.status_code == 302
    account = seller.bank_accounts.get()
    assert finance.get(url("account_edit", account.pk)).status_code == 200
    form = finance.get(url("seller_edit", seller.pk)).context["form"]
    body = {name: form[name].value() or "" for name in form.fields}
    body = {name: value for name, value in body.items() if value is not False}
    assert finance.post(url("seller_edit", seller.pk), {**body, "vat_id": "DE136695977"}).status_code == 422
    assert finance.post(url("seller_edit", seller.pk), {**body, "city": "Augsburg"}).status_code == 302
    seller.refresh_from_db()
    assert seller.city == "Augsburg"
    finance.post(url("account_delete", account.pk))
    assert not seller.bank_accounts.exists()
    assert signed_in(cast.manager).get(url("seller_list")).status_code == 403
    new = finance.post(url("seller_new"), {**body, "code": "de2", "name": "Second", "version": ""})
    assert new.status_code == 302
    assert Seller.objects.count() == 2


def test_the_palette_finds_clients_and_people_and_offers_acts(cast: Cast) -> None:
    client = valued(name="Северный Причал", account_manager=cast.manager, tax_number="7707083893", country="RU")
    make_contact(client, first_name="Ольга", last_name="Прилепская", phone="+7 812 555 01 42")
    browser = signed_in(cast.manager)
    page = text_of(browser.get(reverse("search"), {"q": "при"}))
    for words in ("Северный", "чал", "12\u202f301", "лепская", "+7 812 555 01 42"):
        assert words in page
    acts = text_of(browser.get(reverse("search"), {"subject": f"client:{client.pk}"}))
    assert f"{url('interaction_new')}?client={client.pk}" in acts
    assert "Северный" not in text_of(signed_in(cast.outsider).get(reverse("search"), {"q": "при"}))


def test_badges_count_what_waits(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    make_promised(client, by=cast.manager, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    page = text_of(signed_in(cast.manager).get(reverse("badges")))
    assert "1 open promise" in page
    assert "hot" in page
