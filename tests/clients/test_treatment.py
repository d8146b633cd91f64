"""Complaints with the promise of an answer, praise, extras that must be told, and absences."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Absence, CarePolicy, Client, Complaint, Extra, Praise, Promise, Task
from clients.services.extras import close_extra, give_extra, mark_extras_invoiced
from clients.services.feedback import change_complaint, log_complaint
from tests.make import Cast, make_api, make_client, make_contact, make_promised, make_tiers

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 10, 8, tzinfo=UTC)
ON = date(2026, 6, 10)


@pytest.fixture
def alfa(cast: Cast) -> Client:
    make_tiers()
    return make_client(account_manager=cast.manager, tier="b")


def complain(client: Client, cast: Cast, **kw: Any) -> Complaint:
    fields = {"text": "Nobody called back", "received_on": ON, **kw}
    due = fields.pop("answer_due_at", None)
    return log_complaint(Complaint(client=client, **fields), by=cast.manager, at=AT, answer_due_at=due)


def give(client: Client, cast: Cast, name: str = "Night shift", **kw: Any) -> Extra:
    fields = {"given_on": ON, "given_by": cast.manager, "currency": "EUR", **kw}
    return give_extra(Extra(client=client, name=name, **fields), at=AT)


def test_the_answer_to_a_complaint_is_a_promise_within_the_first_response(cast: Cast, alfa: Client) -> None:
    complaint = complain(alfa, cast)
    promise = complaint.promise
    assert promise
    assert (promise.client, promise.source, promise.made_by) == (alfa, "sla", cast.manager)
    assert AT < promise.due_at <= datetime(2026, 6, 12, tzinfo=UTC)


def test_a_deadline_of_its_own_counts(cast: Cast, alfa: Client) -> None:
    due = datetime(2026, 6, 30, 12, tzinfo=UTC)
    complaint = complain(alfa, cast, answer_due_at=due)
    assert complaint.promise
    assert complaint.promise.due_at == due


def test_an_old_complaint_promises_nothing_now(cast: Cast, alfa: Client) -> None:
    assert complain(alfa, cast, received_on=date(2017, 4, 20)).promise is None
    assert not Promise.objects.exists()


def test_settling_it_keeps_the_promise(cast: Cast, alfa: Client) -> None:
    complaint = complain(alfa, cast)
    complaint.resolved_on, complaint.root_cause, complaint.resolution = ON, "own_error", "We called"
    change_complaint(complaint, at=AT)
    assert Promise.objects.get().kept_at == AT


def test_it_is_settled_in_words(cast: Cast, alfa: Client) -> None:
    complaint = complain(alfa, cast)
    complaint.resolved_on = ON
    with pytest.raises(ValidationError):
        change_complaint(complaint, at=AT)


def test_a_contact_of_another_client_did_not_say_it(cast: Cast, alfa: Client) -> None:
    with pytest.raises(ValidationError) as refused:
        complain(alfa, cast, contact=make_contact())
    assert "contact" in refused.value.error_dict


def test_complaints_and_praise_go_through_the_api(cast: Cast, alfa: Client) -> None:
    api = make_api(cast.manager)
    body = {"client": alfa.pk, "text": "Too slow", "received_on": "2016-05-01", "is_public": True, "channel": "review"}
    made = api.post("/api/v1/complaints/", body)
    assert made.status_code == 201, made.json()
    assert (made.json()["is_public"], made.json()["promise"]) == (True, None)
    url = f"/api/v1/complaints/{made.json()['id']}/"
    settled = {"resolved_on": "2016-05-03", "root_cause": "inexperience", "resolution": "Redone"}
    assert api.patch(url, settled).json()["root_cause"] == "inexperience"
    assert make_api(cast.outsider).get(url).status_code == 404
    praise = api.post("/api/v1/praise/", {"client": alfa.pk, "text": "Well done", "received_on": "2015-06-01"})
    assert praise.status_code == 201, praise.json()
    assert Praise.objects.get().logged_by == cast.manager


def test_the_cost_of_a_complaint_is_hidden_from_consultants(cast: Cast, alfa: Client) -> None:
    Complaint.objects.create(client=alfa, text="!", received_on=ON, cost=100, currency="EUR", logged_by=cast.consultant)
    url = "/api/v1/complaints/"
    assert make_api(cast.consultant).get(url).json()["results"][0]["cost"] is None
    assert make_api(cast.manager).get(url).json()["results"][0]["cost"] == "100.00"


def test_an_extra_is_not_closed_before_the_client_was_told(cast: Cast, alfa: Client) -> None:
    extra = give(alfa, cast)
    with pytest.raises(ValidationError):
        close_extra(extra, on=ON)
    Extra.objects.filter(pk=extra.pk).update(client_informed_at=AT)
    assert close_extra(extra, on=ON).closed_on == ON
    with pytest.raises(ValidationError) as twice:
        close_extra(extra, on=ON)
    assert twice.value.error_list[0].code == "already_done"


def test_the_database_refuses_it_too(cast: Cast, alfa: Client) -> None:
    give(alfa, cast)
    with pytest.raises(IntegrityError):
        Extra.objects.update(closed_on=ON)


def test_the_same_extra_three_times_becomes_an_expectation(cast: Cast, alfa: Client) -> None:
    first, second = give(alfa, cast), give(alfa, cast, "night SHIFT ")
    assert [first.is_expected, second.is_expected] == [False, False]
    assert not Task.objects.exists()
    assert give(alfa, cast).is_expected
    assert Task.objects.get().assignee == cast.manager
    assert not give(alfa, cast, "Cake").is_expected


def test_what_was_told_waits_for_the_next_invoice_once(cast: Cast, alfa: Client) -> None:
    give(alfa, cast)
    told = give(alfa, cast, "Cake", client_informed_at=AT)
    assert list(Extra.objects.to_invoice()) == [told]
    mark_extras_invoiced([told.pk], on=ON)
    assert not Extra.objects.to_invoice().exists()


def test_extras_go_through_the_api(cast: Cast, alfa: Client) -> None:
    api, url = make_api(cast.manager), "/api/v1/extras/"
    made = api.post(url, {"client": alfa.pk, "name": "Cake", "given_on": "2026-06-10", "cost": "5", "value": "20"})
    assert made.status_code == 201, made.json()
    row = f"{url}{made.json()['id']}/"
    assert api.post(f"{row}close/").status_code == 400
    api.patch(row, {"client_informed_at": "2026-06-10T10:00:00Z"})
    assert api.post(f"{row}close/", {"on": "2026-06-10"}).json()["closed_on"] == "2026-06-10"


def test_absences_say_why_only_to_oneself_and_partners(cast: Cast) -> None:
    url = "/api/v1/absences/"
    body = {"reason": "sick", "from_on": "2026-06-08", "to_on": "2026-06-12", "deputy": cast.manager.pk}
    assert make_api(cast.consultant).post(url, body).status_code == 201
    seen = {
        name: make_api(getattr(cast, name)).get(url).json()["results"][0]["reason"]
        for name in ("consultant", "partner", "outsider")
    }
    assert seen == {"consultant": "sick", "partner": "sick", "outsider": None}


def test_nobody_but_a_partner_moves_an_absence_to_somebody_else(cast: Cast) -> None:
    api, url = make_api(cast.consultant), "/api/v1/absences/"
    made = api.post(url, {"from_on": "2026-06-08", "to_on": "2026-06-12"}).json()
    row = f"{url}{made['id']}/"
    assert api.patch(row, {"user": cast.manager.pk, "deputy": cast.consultant.pk}).status_code == 403
    assert Absence.objects.get().user == cast.consultant
    assert make_api(cast.partner).patch(row, {"user": cast.manager.pk}).status_code == 200


def test_the_form_keeps_our_cost_from_consultants(cast: Cast, alfa: Client) -> None:
    complaint = complain(alfa, cast, cost="812.55", currency="EUR")
    Complaint.objects.update(logged_by=cast.consultant)
    extra = give(alfa, cast, given_by=cast.consultant, cost="733.44")
    browser = Browser()
    for person, is_shown in ((cast.manager, True), (cast.consultant, False)):
        browser.force_login(person)
        for address, cost in ((f"/complaints/{complaint.pk}/", "812.55"), (f"/extras/{extra.pk}/", "733.44")):
            assert (cost in browser.get(address).content.decode()) is is_shown


def test_nobody_is_away_twice_or_stands_in_for_themselves(cast: Cast) -> None:
    api, url = make_api(cast.consultant), "/api/v1/absences/"
    api.post(url, {"from_on": "2026-06-08", "to_on": "2026-06-12"})
    assert api.post(url, {"from_on": "2026-06-12", "to_on": "2026-06-13"}).status_code == 400
    alone = {"from_on": "2026-07-01", "to_on": "2026-07-02", "deputy": cast.consultant.pk}
    assert api.post(url, alone).status_code == 400
    others = {"user": cast.manager.pk, "from_on": "2026-07-01", "to_on": "2026-07-02"}
    assert api.post(url, others).status_code == 403
    assert Absence.objects.count() == 1


PAGES = ("/complaints/", "/praise/", "/extras/", "/absences/")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_page_says_what_belongs_there(page: str, client: Browser, cast: Cast) -> None:
    client.force_login(cast.manager)
    response = client.get(page)
    assert response.status_code == 200
    assert "empty-s" in response.content.decode()


def test_a_complaint_is_written_down_and_settled_on_its_page(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.manager)
    body = {
        "client": alfa.name,
        "received_on": "2026-06-10",
        "channel": "call",
        "severity": "grave",
        "text": "Too late",
    }
    assert client.post("/complaints/new/", body).status_code == 302
    row = Complaint.objects.get()
    assert "Too late" in client.get("/complaints/").content.decode()
    settled = {**body, "resolved_on": "2026-06-11"}
    assert client.post(f"/complaints/{row.pk}/", settled).status_code == 422
    settled |= {"root_cause": "own_error", "resolution": "Redone"}
    assert client.post(f"/complaints/{row.pk}/", settled).status_code == 302
    row.refresh_from_db()
    assert row.root_cause == "own_error"


def test_an_extra_is_given_told_and_closed_on_its_page(client: Browser, cast: Cast, alfa: Client) -> None:
    client.force_login(cast.manager)
    body = {
        "client": alfa.name,
        "name": "Cake",
        "given_on": "2026-06-10",
        "cost": "5",
        "value": "20",
        "currency": "EUR",
    }
    assert client.post("/extras/new/", body).status_code == 302
    row = Extra.objects.get()
    client.post(f"/extras/{row.pk}/close/")
    row.refresh_from_db()
    assert row.closed_on is None
    client.post(f"/extras/{row.pk}/", {**body, "client_informed_at": "2026-06-10T12:00"})
    client.post(f"/extras/{row.pk}/close/")
    row.refresh_from_db()
    assert row.closed_on


def test_an_absence_is_entered_and_its_reason_kept(client: Browser, cast: Cast) -> None:
    client.force_login(cast.consultant)
    body = {
        "user": cast.consultant.pk,
        "reason": "sick",
        "from_on": "2999-06-08",
        "to_on": "2999-06-12",
        "deputy": cast.manager.pk,
    }
    assert client.post("/absences/new/", body).status_code == 302
    assert "sick" in client.get("/absences/").content.decode()
    client.force_login(cast.outsider)
    seen = client.get("/absences/").content.decode()
    assert str(cast.consultant) in seen
    assert "sick" not in seen
    assert client.post(f"/absences/{Absence.objects.get().pk}/delete/").status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_a_list_needs_few_statements(
    page: str, client: Browser, cast: Cast, alfa: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(4):
        complain(alfa, cast)
        give(alfa, cast, f"Cake {number}")
        Praise.objects.create(client=alfa, text="Well done", received_on=ON, logged_by=cast.manager)
        Absence.objects.create(user=cast.manager, from_on=date(2999, 1, 1 + number), to_on=date(2999, 1, 1 + number))
    client.force_login(cast.partner)
    with django_assert_max_num_queries(12):
        client.get(page)


def test_below_the_target_an_extra_hears_promises_first(cast: Cast, alfa: Client) -> None:
    browser = Browser()
    browser.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    path, words = f"/extras/new/?client={alfa.pk}", "Promises first: 0% of 1 promises were honoured in 90 days"
    assert words not in browser.get(path).content.decode()
    make_promised(alfa, by=cast.manager, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    assert words in browser.get(path).content.decode()
    assert words in browser.get(f"/scope-requests/new/?client={alfa.pk}").content.decode()
    assert words in browser.get(f"/offers/new/?client={alfa.pk}").content.decode()
    CarePolicy.objects.create(pk=1, honour_target=0)
    assert words not in browser.get(path).content.decode()


def test_promises_first_follows_the_client_that_is_typed_or_chosen(client: Browser, cast: Cast, alfa: Client) -> None:
    make_promised(alfa, by=cast.consultant, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    client.force_login(cast.manager)
    for named in (alfa.name, str(alfa.pk)):
        assert "Promises first: 0%" in client.get("/promises/first/", {"client": named}).content.decode()
        assert "Promises first: 0%" in client.get("/promises/first/", {"of": "x", "x": named}).content.decode()
    for named in ("", "nobody", "999999"):  # one's own promises, and none is broken
        assert "Promises first: 0%" not in client.get("/promises/first/", {"client": named}).content.decode()
    for form in ("/extras/new/", "/scope-requests/new/", "/offers/new/"):
        assert "/promises/first/?of=client" in client.get(form).content.decode()


def test_promises_first_says_nothing_of_a_client_whose_card_is_all_that_one_sees(client: Browser, cast: Cast) -> None:
    foreign = make_client(name="Foreign")
    make_promised(foreign, by=cast.consultant, due=(timezone.localdate() - timedelta(days=1)).isoformat())
    client.force_login(cast.manager)
    assert "Promises first: 0%" not in client.get("/promises/first/", {"client": "Foreign"}).content.decode()


@pytest.mark.parametrize(
    ("received_on", "promised"),
    [(date(2026, 6, 5), True), (date(2026, 6, 4), False)],
)
def test_a_complaint_of_friday_that_is_entered_on_monday_promises_an_answer(
    cast: Cast, alfa: Client, received_on: date, promised: bool
) -> None:
    monday = datetime(2026, 6, 8, 8, tzinfo=UTC)
    row = Complaint(client=alfa, text="Nobody called back", received_on=received_on)
    assert (log_complaint(row, by=cast.manager, at=monday).promise is not None) is promised


def test_an_old_complaint_promises_an_answer_by_the_moment_that_the_form_gives(
    client: Browser, cast: Cast, alfa: Client
) -> None:
    client.force_login(cast.manager)
    body = {"client": alfa.name, "received_on": "2026-06-10", "channel": "call", "severity": "minor", "text": "Late"}
    assert client.post("/complaints/new/", {**body, "answer_due_at": "2999-01-04T12:00"}).status_code == 302
    row = Complaint.objects.get()
    assert row.promise
    assert timezone.localtime(row.promise.due_at).isoformat()[:16] == "2999-01-04T12:00"
    assert "answer_due_at" not in client.get(f"/complaints/{row.pk}/").context["form"].fields


def test_who_writes_a_complaint_down_hears_that_the_person_praised_the_employee(
    client: Browser, cast: Cast, alfa: Client
) -> None:
    person = make_contact(alfa)
    client.force_login(cast.manager)
    asked: dict[str, Any] = {
        "client": alfa.name,
        "contact": person.pk,
        "about": cast.consultant.pk,
        "received_on": "2026-06-10",
    }
    assert "praised them" not in client.get("/complaints/praise/", asked).content.decode()
    Praise.objects.create(
        client=alfa,
        contact=person,
        about=cast.consultant,
        text="Quick",
        received_on=date(2026, 1, 9),
        logged_by=cast.manager,
    )
    assert "praised them" in client.get("/complaints/praise/", asked).content.decode()
    assert "praised them" not in client.get("/complaints/praise/", {**asked, "about": cast.partner.pk}).content.decode()
    assert "praised them" not in client.get("/complaints/praise/", {"contact": "x"}).content.decode()
    wrong = client.post("/complaints/new/", {**asked, "text": ""})
    assert wrong.status_code == 422
    assert "praised them" in wrong.content.decode()
    row = complain(alfa, cast, contact=person, about=cast.consultant)
    assert "praised them" in client.get(f"/complaints/{row.pk}/").content.decode()
    client.force_login(cast.outsider)
    assert "praised them" not in client.get("/complaints/praise/", asked).content.decode()


def test_an_extra_that_was_not_given_after_all_is_withdrawn_with_its_reason(
    client: Browser, cast: Cast, alfa: Client
) -> None:
    rows = [give(alfa, cast, "Cake", client_informed_at=AT) for _each in range(2)]
    url = f"/extras/{rows[1].pk}/withdraw/"
    client.force_login(cast.manager)
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "The baker was ill"}).status_code == 302
    assert "The baker was ill" in client.get("/extras/").content.decode()
    assert list(Extra.objects.to_invoice()) == [rows[0]]
    assert give(alfa, cast, "Cake").times == 2
    api = make_api(cast.manager)
    answers = [api.post(f"/api/v1/extras/{row.pk}/withdraw/", {"reason": "x"}) for row in (rows[1], rows[0])]
    assert [(each.status_code, each.json().get("withdrawal_reason")) for each in answers] == [(409, None), (200, "x")]
    told = give(alfa, cast, "Book", client_informed_at=AT)
    close_extra(told, on=ON)
    assert api.post(f"/api/v1/extras/{told.pk}/withdraw/", {"reason": "x"}).status_code == 409
    assert client.get("/extras/?is_open=true").context["page"].count == 1
