"""The client card, new and changed clients, people, key clients."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from clients.models import (
    Client,
    ClientMember,
    Contact,
    Interaction,
    KeyClientDesignation,
)
from clients.services.facts import add_member
from clients.services.tasks import TaskDraft, open_task
from crm.models import AuditEntry, User
from tests.clients.pages import signed_in, text_of, url, valued
from tests.make import (
    Cast,
    make_api,
    make_call,
    make_client,
    make_contact,
    make_need,
    make_promised,
    make_tiers,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def task_for(user: User, client: Client, title: str, *, contact: Contact | None = None, source: str = "") -> TaskDraft:
    return TaskDraft(
        kind="overdue",
        source=source or str(contact and contact.pk),
        client=client,
        contact=contact,
        assignee=user,
        title=title,
        due_at=timezone.now(),
    )


@pytest.mark.parametrize("n", [1, 12])
def test_the_card_costs_at_most_twelve_statements(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    client = valued(account_manager=cast.manager, executive_owner=cast.partner)
    for _ in range(n):
        person = make_contact(client)
        at = timezone.now()
        make_call(client, by=cast.manager, contacts=[person], employees=[cast.manager], minutes=20, at=at)
        make_promised(client, by=cast.manager, due=timezone.localdate().isoformat())
        open_task(task_for(cast.manager, client, "Talk to them", contact=person))
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(12):
        assert browser.get(url("client", client.pk)).status_code == 200


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


@pytest.mark.parametrize(
    ("country", "said", "taken"),
    [("DE", "", "zugferd"), ("FR", "", "none"), ("DE", "none", "none"), ("FR", "xrechnung", "xrechnung")],
)
def test_a_new_german_client_takes_e_invoices_unless_somebody_says_otherwise(
    cast: Cast, country: str, said: str, taken: str
) -> None:
    body = {**NEW, **MORE, "country": country, "e_invoice": said}
    assert signed_in(cast.manager).post(url("client_new"), body).status_code == 302
    assert Client.objects.get().e_invoice == taken


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
    assert "10\u202f000 to 50\u202f000" in page
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
    refused = browser.post(url("designation_edit", row.pk), body)
    assert refused.status_code == 422
    assert "does not close without it" in text_of(refused)
    api = make_api(cast.manager).patch(f"/api/v1/key-client-designations/{row.pk}/", {"review_on": "2027-06-01"})
    assert (api.status_code, api.json()["errors"][0]["code"]) == (409, "next_need")
    make_need(client, due_on=timezone.localdate())
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
    assert AuditEntry.objects.filter(action="opening", object_id=person.pk, actor=cast.manager).exists()
    assert browser.post(url("contact_notes", person.pk), {"private_notes": "likes tea"}).status_code == 302
    person.refresh_from_db()
    assert person.private_notes == "likes tea"
    stranger = make_contact()
    assert browser.get(url("contact", stranger.pk)).status_code == 200
    assert browser.get(url("contact_notes", stranger.pk)).status_code == 403


def test_the_card_lists_the_tasks_that_are_due_for_its_client(client: Any, cast: Cast) -> None:
    found = make_client(account_manager=cast.manager)
    for source, whose, title in (("a", found, "Talk to them"), ("b", make_client(), "Somebody else")):
        open_task(task_for(cast.manager, whose, title, source=source))
    client.force_login(cast.manager)
    shown = client.get(f"/clients/{found.pk}/").content.decode()
    assert "Talk to them" in shown
    assert "Somebody else" not in shown


@pytest.mark.parametrize("page", ["client", "client_people"])
def test_the_card_says_when_one_level_hears_from_us_and_the_other_does_not(cast: Cast, page: str) -> None:
    client = make_client(account_manager=cast.manager, tier="a")
    head, worker = make_contact(client, level="management"), make_contact(client, level="staff")
    browser = signed_in(cast.manager)

    def said() -> str:
        return text_of(browser.get(url(page, client.pk)))

    assert "Staff unheard" not in said()
    make_call(client, contacts=[head], at=timezone.now())
    assert "Staff unheard" in said()
    make_call(client, contacts=[worker], at=timezone.now())
    assert "Staff unheard" not in said()
    Interaction.objects.filter(contacts=head).delete()
    assert "Management uninformed" in said()
    foreign = make_client(tier="a")
    make_call(foreign, contacts=[make_contact(foreign, level="staff")], at=timezone.now())
    assert "Management uninformed" not in text_of(browser.get(url(page, foreign.pk)))


@pytest.mark.parametrize(
    ("country", "vat_id", "tax_number", "status"),
    [
        ("CH", "CHE-116.281.710", "", 302),
        ("DE", "", "143/123/45678", 302),
        ("DE", "", "143/123", 422),
        ("de", "DE136695976", "7707083894", 302),
        ("RU", "", "7707083894", 422),
        ("RU", "", "7707083893", 302),
    ],
)
def test_identifiers_are_judged_by_the_country_that_is_given(
    cast: Cast, country: str, vat_id: str, tax_number: str, status: int
) -> None:
    given = {"country": country, "vat_id": vat_id, "tax_number": tax_number, "account_manager": cast.manager.pk}
    browser = signed_in(cast.manager)
    assert browser.post(url("client_new"), {**NEW, **MORE, **given}).status_code == status
    for before in ("RU", "DE"):
        client = make_client(country=before, account_manager=cast.manager)
        version = browser.get(url("client_edit", client.pk)).context["form"]["version"].value()
        body = {**NEW, "name": client.name, "e_invoice": "none", "version": version, **given}
        assert browser.post(url("client_edit", client.pk), body).status_code == status
        client.delete()


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"e_invoice": "xrechnung", "buyer_reference": "04011000-12345-04"}, "buyer_reference"),
        ({"e_address": "991-03730-20"}, "e_address"),
    ],
)
def test_a_leitweg_id_with_wrong_digits_names_its_field(cast: Cast, body: dict[str, str], named: str) -> None:
    refused = signed_in(cast.manager).post(url("client_new"), {**NEW, **MORE, **body})
    assert (refused.status_code, [*refused.context["form"].errors]) == (422, [named])
    right = {"buyer_reference": "04011000-12345-03", "e_address": "991-03730-19"}
    assert signed_in(cast.manager).post(url("client_new"), {**NEW, **MORE, **body, **right}).status_code == 302


@pytest.mark.parametrize(("number", "mark"), [("143/815", 'class="bad"'), ("143/815/08155", "")])
def test_a_german_tax_number_is_checked_while_one_types(cast: Cast, number: str, mark: str) -> None:
    told = signed_in(cast.manager).get(url("identifier_check", "tax_number"), {"tax_number": number, "country": "DE"})
    assert mark in told.content.decode()
    assert 'class="bad"' not in told.content.decode() or mark


@pytest.mark.parametrize(("country", "mark"), [("RU", 'class="bad"'), ("AT", ""), ("", "")])
def test_a_tax_number_is_checked_with_its_country_while_one_types(cast: Cast, country: str, mark: str) -> None:
    browser = signed_in(cast.manager)
    page = browser.get(url("client_edit", make_client(country="DE", account_manager=cast.manager).pk))
    assert page.context["form"].fields["tax_number"].widget.attrs["hx-include"] == "#id_country"
    told = browser.get(url("identifier_check", "tax_number"), {"tax_number": "143/123/45678", "country": country})
    assert mark in told.content.decode()
    assert bool(mark) is bool(told.content.decode().strip())
