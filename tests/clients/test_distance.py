"""Distance: declared relationships are private; what one person receives of us in a year has a cap."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from clients.models import Client, ClientMember, Contact, DistancePolicy, Interaction, PersonalRelationship, Task
from clients.services.distance import check_distance, declare_relationship, gifts_of, is_close
from clients.services.interactions import log_interaction
from crm.models import User
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact

pytestmark = pytest.mark.django_db
RELATIONSHIPS = "/api/v1/personal-relationships/"
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def close(client: Client, person: User, **kw: Any) -> PersonalRelationship:
    fields = {"contact": make_contact(client), "declared_on": TODAY, **kw}
    return declare_relationship(PersonalRelationship(client=client, employee=person, **fields), at=NOW)


def dinner(client: Client, by: User, *guests: Contact, cost: str = "60", at: datetime = NOW) -> Interaction:
    return log_interaction(
        client,
        by=by,
        occurred_at=at,
        at=NOW,
        contacts=guests,
        kind="hospitality",
        initiated_by="us",
        reason="Thanks",
        cost=Decimal(cost),
    )


def test_who_is_close_decides_nothing_and_then_nobody_decides_alone(cast: Cast) -> None:
    client = make_client()
    check_distance(client, by=cast.partner, asked_by=cast.partner.pk)
    row = close(client, cast.manager)
    assert is_close(client)
    with pytest.raises(PermissionDenied, match="somebody else decides"):
        check_distance(client, by=cast.manager)
    with pytest.raises(PermissionDenied, match="a second person"):
        check_distance(client, by=cast.partner, asked_by=cast.partner.pk)
    check_distance(client, by=cast.partner, asked_by=cast.manager.pk)
    row.ended_on = TODAY
    declare_relationship(row, at=NOW)
    assert not is_close(client)


def test_a_relationship_is_declared_once_for_a_person_of_the_client(cast: Cast) -> None:
    client = make_client()
    row = close(client, cast.manager)
    with pytest.raises(ValidationError, match="declared already"):
        close(client, cast.manager, contact=row.contact)
    for wrong in ({"contact": make_contact()}, {"declared_on": TODAY + timedelta(days=1)}):
        with pytest.raises(ValidationError) as refused:
            close(client, cast.manager, **wrong)
        assert set(refused.value.error_dict) == set(wrong)


def test_a_relationship_is_seen_by_partners_and_the_one_concerned(cast: Cast) -> None:
    row = close(make_client(account_manager=cast.manager), cast.consultant)
    address = f"{RELATIONSHIPS}{row.pk}/"
    assert make_api(cast.consultant).get(address).status_code == 200
    assert make_api(cast.partner).get(address).status_code == 200
    assert make_api(cast.manager).get(address).status_code == 404
    assert str(row.contact) not in text_of(signed_in(cast.manager).get(url("relationship_list")))
    ended = make_api(cast.consultant).patch(address, {"ended_on": TODAY.isoformat()})
    assert ended.json()["ended_on"] == TODAY.isoformat()


def test_a_relationship_is_declared_and_ended_on_pages(cast: Cast) -> None:
    client, browser = make_client(name="Brandl Bau", account_manager=cast.manager), signed_in(cast.manager)
    typed = {"client": "Brandl Bau", "kind": "family", "declared_on": TODAY.isoformat()}
    assert browser.post(url("relationship_new"), typed).status_code == 422
    typed["contact"] = str(make_contact(client).pk)
    assert browser.post(url("relationship_new"), typed).status_code == 302
    row = PersonalRelationship.objects.get()
    assert (row.employee, row.kind) == (cast.manager, "family")
    assert browser.post(url("relationship_end", row.pk), {"ended_on": TODAY.isoformat()}).status_code == 302


def test_hospitality_is_shared_by_the_guests_and_counted_by_year(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    one, two = make_contact(client), make_contact(client)
    dinner(client, cast.manager, one, two, cost="61")
    dinner(client, cast.manager, one, cost="20")
    dinner(client, cast.manager, one, cost="70", at=NOW - timedelta(days=370))
    assert gifts_of([one.pk, two.pk], year=TODAY.year) == {one.pk: Decimal("50.50"), two.pk: Decimal("30.50")}


def test_over_the_cap_a_partner_is_asked_and_the_dinner_stays_logged(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    guest = make_contact(client)
    dinner(client, cast.manager, guest, cost="100")
    assert not Task.objects.filter(kind="gift_cap").exists()
    dinner(client, cast.manager, guest, cost="0.01")
    task = Task.objects.get(kind="gift_cap")
    assert (task.contact, task.assignee) == (guest, cast.partner)
    assert Interaction.objects.count() == 2


def test_an_account_manager_reads_single_costs_of_own_clients_alone(cast: Cast) -> None:
    own, foreign = make_client(account_manager=cast.manager), make_client(name="Others")
    for client, cost in ((own, "41.10"), (foreign, "73.70")):
        row = dinner(client, cast.manager, cost=cost)
    browser, listed = signed_in(cast.manager), url("hospitality_list")
    shown = text_of(browser.get(listed))
    assert "41.10" in shown
    assert "73.70" not in shown
    file = b"".join(browser.get(listed + "?format=csv&headers=names").streaming_content).decode()  # type: ignore[attr-defined]
    assert "41.10" in file
    assert "73.70" not in file
    assert "73.70" not in text_of(browser.get(url("interaction_edit", row.pk)))
    costs = {
        each["client"]: each["cost"] for each in make_api(cast.manager).get("/api/v1/interactions/").json()["results"]
    }
    assert costs == {own.pk: "41.10", foreign.pk: None}
    assert "73.70" in text_of(signed_in(cast.partner).get(listed))


def test_the_register_of_hospitality_shows_the_cap_and_hides_costs_from_consultants(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager, name="Brandl Bau")
    dinner(client, cast.manager, make_contact(client), cost="140")
    page = text_of(signed_in(cast.manager).get(url("hospitality_list")))
    assert "140.00 of 100 this year" in page
    other = make_client(name="Others keep it")
    ClientMember.objects.create(client=other, user=cast.manager, from_on=TODAY)
    dinner(other, cast.manager, make_contact(other), cost="66")
    page = text_of(signed_in(cast.manager).get(url("hospitality_list")))
    assert ("Others keep it" in page, "66.00 of 100" in page) == (True, False)
    dinner(make_client(), cast.consultant, cost="77")
    shown = text_of(signed_in(cast.consultant).get(url("hospitality_list")))
    assert ("Thanks" in shown, "77" in shown) == (True, False)
    file = signed_in(cast.manager).get(url("hospitality_list") + "?format=csv&headers=names")
    assert "Brandl Bau" in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    partner = signed_in(cast.partner)
    assert partner.post(url("distance_edit"), {"gift_cap": "-1"}).status_code == 422
    assert partner.post(url("distance_edit"), {"gift_cap": "250"}).status_code == 302
    assert DistancePolicy.load().gift_cap == Decimal(250)
    assert signed_in(cast.manager).get(url("distance_edit")).status_code == 403


def test_a_gift_counts_towards_the_cap_as_a_dinner_does(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    guest = make_contact(client)
    dinner(client, cast.manager, guest, cost="60")
    given: dict[str, Any] = {"initiated_by": "us", "reason": "Birthday", "cost": Decimal(60)}
    log_interaction(client, by=cast.manager, occurred_at=NOW, at=NOW, contacts=[guest], kind="social", **given)
    assert gifts_of([guest.pk], year=TODAY.year) == {guest.pk: Decimal("120.00")}
    assert Task.objects.get(kind="gift_cap").contact == guest
