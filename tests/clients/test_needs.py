"""The need register and the grid of white space: their rules, pages, files and API."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clients.models import Client, ClientAnchor, Need, ServiceLine, Task
from clients.services.anchors import Span, write_anchors
from clients.services.needs import ask_to_mention, mention_services, move_need, neighbours_of, require_next_need
from crm.models import User
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_need, make_service_line, make_user

pytestmark = pytest.mark.django_db
PATH = "/api/v1/needs/"
TODAY = timezone.localdate()
Status = Need.Status


def used(client: Client, line: str, first: date, *, active: bool = True) -> None:
    make_service_line(line)
    ClientAnchor.objects.create(
        client=client,
        service_line=make_service_line(line),
        first_on=first,
        last_on=first + timedelta(days=31),
        is_active=active,
        as_of_on=TODAY,
    )


def test_a_need_says_how_we_know_and_stands_once() -> None:
    client = make_client()
    with pytest.raises(ValidationError) as refused:
        make_need(client, evidence="")
    assert set(refused.value.error_dict) == {"evidence"}
    first = make_need(client)
    with pytest.raises(ValidationError, match="on record already"):
        make_need(client)
    move_need(first, to=Status.WON, on=TODAY)
    assert make_need(client).pk != first.pk
    with pytest.raises(ValidationError) as foreign:
        make_need(client, "it", contact=make_contact())
    assert set(foreign.value.error_dict) == {"contact"}


def test_a_need_moves_forward_and_back_with_its_days() -> None:
    need = make_need(make_client())
    assert (need.status, need.mentioned_on, need.closed_on) == (Status.OPEN, None, None)
    told = move_need(need, to=Status.MENTIONED, on=date(2026, 3, 1))
    proposed = move_need(told, to=Status.PROPOSED, on=date(2026, 4, 1))
    assert proposed.mentioned_on == date(2026, 3, 1)
    won = move_need(proposed, to=Status.WON, on=date(2026, 5, 1))
    assert (won.is_over, won.closed_on) == (True, date(2026, 5, 1))
    with pytest.raises(ValidationError) as again:
        move_need(won, to=Status.WON, on=TODAY)
    assert again.value.code == "already_done"
    back = move_need(won, to=Status.OPEN, on=TODAY)
    assert (back.mentioned_on, back.closed_on) == (None, None)


def test_what_is_not_wanted_needs_a_reason() -> None:
    need = make_need(make_client())
    with pytest.raises(ValidationError) as refused:
        move_need(need, to=Status.DROPPED, on=TODAY, reason=" ")
    assert set(refused.value.error_dict) == {"reason"}
    assert move_need(need, to=Status.DROPPED, on=TODAY, reason="Own staff").reason == "Own staff"


def test_services_mentioned_at_delivery_become_needs_and_move_those_that_are_make_need() -> None:
    client, by = make_client(), make_user()
    open_need, won = make_need(client, "law"), make_need(client, "tax")
    move_need(won, to=Status.PROPOSED, on=TODAY)
    lines = [make_service_line(code) for code in ("law", "tax", "freight")]
    made = mention_services(client, lines, by=by, at=timezone.now(), evidence="Delivery of the audit")
    assert {row.service_line.code for row in made} == {"law", "freight"}
    states = dict(Need.objects.values_list("service_line__code", "status"))
    assert states == {"law": Status.MENTIONED, "tax": Status.PROPOSED, "freight": Status.MENTIONED}
    assert Need.objects.get(pk=open_need.pk).mentioned_on == TODAY
    assert mention_services(client, lines, by=by, at=timezone.now(), evidence="Again") == []


def test_delivery_asks_once_what_was_mentioned_and_ticking_answers(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    ask_to_mention(client, occasion="Audit 2026", on=TODAY)
    assert not Task.objects.exists()  # nothing else to sell
    law = make_service_line("law")
    for _again in range(2):
        ask_to_mention(client, occasion="Audit 2026", on=TODAY)
    task = Task.objects.get()
    assert (task.assignee, task.state) == (cast.manager, "open")
    assert "Audit 2026" in text_of(signed_in(cast.manager).get(task.url))
    mention_services(client, [law], by=cast.manager, at=timezone.now(), evidence="Audit 2026")
    task.refresh_from_db()
    assert task.state == "done"


def test_neighbouring_services_are_those_that_the_client_does_not_use_now() -> None:
    client = make_client()
    used(client, "it", date(2024, 1, 1))
    used(client, "law", date(2024, 1, 1), active=False)
    make_service_line("old", is_active=False)
    make_service_line("freight")
    assert {line.code for line in neighbours_of(client)} == {"law", "freight"}


def test_a_review_asks_for_a_need_that_lies_ahead() -> None:
    client = make_client()
    make_need(client, "it", due_on=TODAY - timedelta(days=1))
    with pytest.raises(ValidationError) as refused:
        require_next_need(client, on=TODAY)
    assert refused.value.code == "next_need"
    make_need(client, "law", due_on=TODAY)
    require_next_need(client, on=TODAY)


def test_needs_over_the_api(cast: Cast) -> None:
    client, line = make_client(account_manager=cast.manager), make_service_line("law")
    api = make_api(cast.manager)
    body = {"client": client.pk, "service_line": line.pk, "evidence": "Said so", "due_on": "2027-03-01", "value": "900"}
    made = api.post(PATH, body)
    assert made.status_code == 201, made.json()
    assert (made.json()["status"], made.json()["value"], made.json()["currency"]) == ("open", "900.00", "EUR")
    assert api.post(PATH, body).status_code == 400
    missing = api.post(PATH, {**body, "evidence": ""})
    assert (missing.status_code, missing.json()["errors"][0]["attr"]) == (400, "evidence")
    where = f"{PATH}{made.json()['id']}/move/"
    assert api.post(where, {"status": "mentioned"}).json()["mentioned_on"] == TODAY.isoformat()
    assert api.post(where, {"status": "mentioned"}).status_code == 409
    assert api.post(where, {"status": "dropped"}).json()["errors"][0]["attr"] == "reason"
    assert len(api.get(f"{PATH}?client={client.pk}&is_open=true").json()["results"]) == 1
    assert make_api(cast.finance).get(PATH).status_code == 403


def test_strangers_find_no_need_and_consultants_no_amount(cast: Cast) -> None:
    client = make_client()
    need = make_need(client, value=Decimal(900))
    assert make_api(cast.manager).get(f"{PATH}{need.pk}/").status_code == 404
    mine = make_need(make_client(), by=cast.consultant, value=Decimal(900))
    assert make_api(cast.consultant).get(f"{PATH}{mine.pk}/").json()["value"] is None
    make_need(make_client(), by=cast.consultant, value=Decimal(100))
    for order in ("value", "-value"):  # no order betrays an amount
        rows = make_api(cast.consultant).get(f"{PATH}?ordering={order}").json()["results"]
        assert rows[0]["id"] == mine.pk
    page = text_of(signed_in(cast.consultant).get(url("need_list")))
    assert "The head said so" in page
    assert "900" not in page
    file = signed_in(cast.consultant).get(url("need_list") + "?format=csv&headers=names")
    assert b"900" not in b"".join(file.streaming_content)  # type: ignore[attr-defined]


def test_a_need_is_noted_moved_and_brought_back_on_pages(cast: Cast) -> None:
    client, line = make_client(name="Brandl", account_manager=cast.manager), make_service_line("law")
    browser = signed_in(cast.manager)
    typed = {"client": "Brandl", "service_line": line.pk, "evidence": "They asked", "due_on": TODAY.isoformat()}
    wrong = browser.post(url("need_new"), {**typed, "due_on": "soon"})
    assert wrong.status_code == 422
    assert "They asked" in text_of(wrong)
    assert browser.post(url("need_new"), typed).status_code == 302
    need = Need.objects.get()
    assert (need.logged_by, need.currency) == (cast.manager, "EUR")
    assert "They asked" in text_of(browser.get(url("client_needs", client.pk)))
    moved = browser.post(url("need_move", need.pk, "mentioned"), follow=True)
    assert url("need_move", need.pk, "open") in text_of(moved)
    assert browser.post(url("need_drop", need.pk), {"reason": ""}).status_code == 422
    assert browser.post(url("need_drop", need.pk), {"reason": "Own staff"}).status_code == 302
    assert Need.objects.get().status == Status.DROPPED
    browser.post(url("need_move", need.pk, "mentioned"))
    assert Need.objects.get().status == Status.MENTIONED
    assert browser.post(url("need_move", need.pk, "nonsense")).status_code == 404


def test_services_are_ticked_on_a_page(cast: Cast) -> None:
    client, law = make_client(account_manager=cast.manager), make_service_line("law")
    used(client, "it", date(2024, 1, 1))
    browser, where = signed_in(cast.manager), url("service_mention", client.pk)
    asked = text_of(browser.get(where))
    assert f'name="lines" value="{law.pk}"' in asked
    assert f'name="lines" value="{make_service_line("it").pk}"' not in asked
    assert browser.post(where, {"evidence": "Hand-over"}).status_code == 422
    assert browser.post(where, {"lines": [law.pk], "evidence": "Hand-over"}).status_code == 302
    assert Need.objects.get().status == Status.MENTIONED


def test_anchors_are_written_exactly_and_again() -> None:
    client, it, law = make_client(), make_service_line("it"), make_service_line("law")
    day = date(2025, 1, 1)
    both = {(client.pk, it.pk): Span(day, day, is_active=True), (client.pk, law.pk): Span()}
    write_anchors(both, of=[client.pk], as_of=TODAY)
    write_anchors({(client.pk, it.pk): Span(day, TODAY)}, of=[client.pk], as_of=TODAY)
    kept = ClientAnchor.objects.values_list("service_line__code", "last_on", "is_active")
    assert list(kept) == [("it", TODAY, False)]


def firm_of(manager: User, n: int) -> list[Client]:
    """Clients of one industry and tier: all use IT, every second took law after it."""
    names = ["Ladoga", *(f"Firm {number:03}" for number in range(1, n))]
    clients = [make_client(name=name, industry="retail", account_manager=manager) for name in names]
    for number, client in enumerate(clients):
        used(client, "it", date(2023, 1, 1))
        if number % 2:
            used(client, "law", date(2024, 1, 1))
    return clients


def test_the_grid_shows_states_and_the_next_anchor_with_its_counts(cast: Cast) -> None:
    first, *_others = firm_of(cast.manager, 6)
    used(first, "audit", date(2022, 1, 1), active=False)
    make_need(first, "freight")
    move_need(Need.objects.get(), to=Status.PROPOSED, on=TODAY)
    page = text_of(signed_in(cast.manager).get(url("whitespace") + "?search=Ladoga"))
    for state in ("is-active", "is-lapsed", "is-proposed", "is-never is-next"):
        assert state in page
    assert "3 of 5 similar clients took it after IT" in page


def test_a_refused_or_proposed_service_is_no_suggestion(cast: Cast) -> None:
    first, *_others = firm_of(cast.manager, 6)
    need = move_need(make_need(first, "law"), to=Status.DROPPED, on=TODAY - timedelta(days=300), reason="Own staff")
    page = url("whitespace") + "?search=Ladoga"
    assert "took it after" not in text_of(signed_in(cast.manager).get(page))
    Need.objects.filter(pk=need.pk).update(closed_on=TODAY - timedelta(days=366))
    assert "took it after" in text_of(signed_in(cast.manager).get(page))
    Need.objects.filter(pk=need.pk).delete()
    ClientAnchor.objects.create(client=first, service_line=make_service_line("law"), offered_on=TODAY, as_of_on=TODAY)
    assert "took it after" not in text_of(signed_in(cast.manager).get(page))


def test_the_grid_is_of_own_clients_and_filters_by_a_gap(cast: Cast) -> None:
    firm_of(cast.manager, 4)
    make_client(name="Foreign one")
    browser, law = signed_in(cast.manager), ServiceLine.objects.get(code="law")
    page = text_of(browser.get(url("whitespace")))
    assert "Firm 001" in page
    assert "Foreign one" not in page
    used(Client.objects.get(name="Ladoga"), "law", date(2023, 5, 1), active=False)  # lapsed, beside an active one
    without = text_of(browser.get(url("whitespace") + f"?without={law.pk}"))
    assert "Ladoga" in without
    assert "Firm 001" not in without
    assert signed_in(cast.consultant).get(url("whitespace")).status_code == 404


@pytest.mark.parametrize("n", [4, 500])
def test_the_grid_costs_the_same_whatever_the_firm(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    firm_of(cast.manager, n)
    browser = signed_in(cast.manager)
    browser.get(url("whitespace"))
    with django_assert_max_num_queries(26):
        browser.get(url("whitespace"))
    file = browser.get(url("whitespace") + "?format=csv&headers=names")
    lines = b"".join(file.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == n + 1
    assert lines[0].endswith("it,law,next,adopters,peers")
    assert browser.get(url("whitespace") + "?format=exe").status_code == 404
