"""Who keeps a client and works for it: what passes on, what stays, and what its history tells to whom."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from clients.models import Client, ClientMember, Contact
from clients.services.facts import add_member
from clients.services.tasks import open_task
from crm.access import Role
from crm.history import visible_row
from crm.models import AuditEntry, User
from tests.clients.pages import signed_in, text_of, url
from tests.clients.test_card_pages import NEW, task_for
from tests.make import Cast, make_api, make_call, make_client, make_contact, make_need, make_tiers, make_user

pytestmark = pytest.mark.django_db
ON = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


def test_the_history_on_the_card_hides_what_the_reader_may_not_see(cast: Cast) -> None:
    hidden = make_client(name="Parent Holding")
    client = make_client(account_manager=cast.manager)
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    Client.objects.filter(pk=client.pk).update(
        why_kept="They send us others", debtor_account="12345", notes="Pays late", city="Bonn", parent=hidden
    )
    page = text_of(signed_in(cast.consultant).get(url("client_history", client.pk)))
    assert "Bonn" in page
    for secret in ("They send us others", "12345", "Pays late", "Parent Holding"):
        assert secret not in page
    page = text_of(signed_in(cast.partner).get(url("client_history", client.pk)))
    for told in ("They send us others", "12345", "Pays late", "Parent Holding"):
        assert told in page


def test_a_membership_lets_in_from_its_first_day_until_its_last(cast: Cast) -> None:
    today = timezone.localdate()
    client = make_client()
    member = ClientMember.objects.create(client=client, user=cast.consultant, from_on=today, to_on=today)

    def seen() -> bool:
        return Client.objects.visible_to(cast.consultant).filter(pk=client.pk).exists()

    assert seen()
    member.to_on = today + timedelta(days=5)
    member.save()
    assert seen()
    assert str(cast.consultant) in text_of(signed_in(cast.partner).get(url("client", client.pk)))
    member.from_on, member.to_on = today + timedelta(days=1), None
    member.save()
    assert not seen()
    member.from_on, member.to_on = today - timedelta(days=9), today - timedelta(days=1)
    member.save()
    assert not seen()


@pytest.mark.parametrize("way", ["form", "api", "bulk"])
def test_another_account_manager_takes_the_open_tasks_over(cast: Cast, way: str) -> None:
    client = make_client(name="Alfa", account_manager=cast.manager)
    mine = open_task(task_for(cast.manager, client, "Talk", source="1"))
    partners = open_task(task_for(cast.consultant, client, "Look", source="2"))
    elsewhere = open_task(task_for(cast.manager, make_client(account_manager=cast.manager), "Wait", source="3"))
    assert mine
    assert partners
    assert elsewhere
    browser = signed_in(cast.partner)
    if way == "api":
        path = f"/api/v1/clients/{client.pk}/"
        assert make_api(cast.partner).patch(path, {"account_manager": cast.partner.pk}).status_code == 200
    elif way == "bulk":
        body = {"act": "assign", "client": [client.pk], "manager": cast.partner.pk, "sure": "1"}
        assert browser.post(url("client_bulk"), body).status_code == 302
    else:
        version = browser.get(url("client_edit", client.pk)).context["form"]["version"].value()
        body = {**NEW, "name": "Alfa", "e_invoice": "none", "account_manager": cast.partner.pk, "version": version}
        assert browser.post(url("client_edit", client.pk), body).status_code == 302
    holders = []
    for task in (mine, partners, elsewhere):
        task.refresh_from_db()
        holders.append(task.assignee)
    assert holders == [cast.partner, cast.consultant, cast.manager]


def test_a_client_whose_keeper_has_left_can_still_be_corrected(cast: Cast) -> None:
    gone = make_user(Role.ACCOUNT_MANAGER)
    client = make_client(name="Alfa", account_manager=gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    browser = signed_in(cast.partner)
    version = browser.get(url("client_edit", client.pk)).context["form"]["version"].value()
    body = {**NEW, "name": "Alfa", "e_invoice": "none", "city": "Bonn", "account_manager": gone.pk, "version": version}
    assert browser.post(url("client_edit", client.pk), body).status_code == 302


def test_who_one_listens_to_stays_when_the_speaker_has_left(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person, other = make_contact(client, last_name="Lapin"), make_contact(client, last_name="Asla")
    edge = person.listens_to.create(speaker=other)
    Contact.objects.filter(pk=other.pk).update(left_on=date(2026, 1, 1))
    browser = signed_in(cast.manager)
    form = browser.get(url("contact_edit", person.pk)).context["form"]
    body = {"last_name": "Lapin", "buying_role": "customer", "level": "staff", "influence": "user", "language": "ru"}
    body |= {"listens_to": form["listens_to"].value(), "version": form["version"].value()}
    assert browser.post(url("contact_edit", person.pk), body).status_code == 302
    assert list(person.listens_to.all()) == [edge]


def test_what_hangs_on_a_client_tells_its_history(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    person, other = make_contact(client), make_contact(client)
    edge = person.listens_to.create(speaker=other)
    assert AuditEntry.objects.filter(table_name="clients_influenceedge", object_id=edge.pk, action="insert").exists()
    rows = [make_call(client, by=cast.manager), make_need(client), add_member(client, user=cast.consultant, on=ON)]
    for row in rows:
        assert visible_row(row._meta.db_table, row.pk, cast.manager) == row
        assert visible_row(row._meta.db_table, row.pk, cast.outsider) is None
