"""A person asks what we hold and to be erased: afterwards no table names them but the documents on the receipt."""

import json
import zipfile
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone

from clients.models import (
    Client,
    Contact,
    DirectChannelGrant,
    Erasure,
    InfluenceEdge,
    Interaction,
    Task,
)
from clients.services.erasure import ask_erasure, erase_person, preview_erasure, withdraw_erasure
from clients.services.holdings import holdings, person_of
from clients.services.people import move_contact
from crm.acting import acting
from crm.erasing import GONE, begin_erasing
from crm.models import AuditEntry
from loyalty.models import SurveyInvitation, SurveyResponse
from tests.clients.holdings import MAIL, NAME, PHONE, fill
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact

pytestmark = pytest.mark.django_db
NOW = timezone.now()
TODAY = timezone.localdate(NOW)
TRACES = ("Zielinska", MAIL, "1512345678", "151 2345678")


def wanda(cast: Cast, **kw: Any) -> Contact:
    client = kw.pop("client", None) or make_client(account_manager=cast.manager, name="Nord AG", billing_email=MAIL)
    given = {"first_name": "Wanda", "last_name": "Zielinska", "email": MAIL, "phone": PHONE, **kw}
    return make_contact(client, **given)


def asked(cast: Cast, person: Contact, **kw: Any) -> Erasure:
    row = Erasure(contact=person, **{"asked_on": TODAY, "channel": "email", **kw})
    return ask_erasure(row, by=cast.manager, at=NOW)


def erased(cast: Cast, person: Contact) -> Erasure:
    with acting(cast.partner.pk, origin="10.0.0.1 POST /erasures/"):
        return erase_person(asked(cast, person), by=cast.partner, at=NOW)


def traces(*words: str) -> set[tuple[str, int]]:
    """Every row of every table of ours in whose text one of the words stands, whatever the case."""
    found: set[tuple[str, int]] = set()
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            text = [each.column for each in model._meta.concrete_fields if _holds_text(each)]
            if not text:
                continue
            where = " OR ".join(f'"{column}"::text ILIKE ANY(%s)' for column in text)
            key, patterns = model._meta.pk.column, [f"%{word}%" for word in words]
            statement = f'SELECT "{key}" FROM "{model._meta.db_table}" WHERE {where}'
            cursor.execute(statement, [patterns] * len(text))
            found |= {(model._meta.label_lower, pk) for (pk,) in cursor.fetchall()}
    return found


def _holds_text(column: Any) -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField)
    return isinstance(column, kinds) or (column.db_type(connection) or "").startswith("varchar")


def test_afterwards_no_table_names_the_person_but_the_documents_on_the_receipt(cast: Cast) -> None:
    person = wanda(cast, birthday=date(1970, 3, 1), interests="sailing", position="CFO")
    offer = fill(cast, person)
    before = traces(*TRACES)
    assert {name for name, _pk in before} >= {
        "clients.contact",
        "clients.promisedate",
        "clients.importrow",
        "crm.auditentry",
        "billing.offersignature",
    }
    row = erased(cast, person)
    kept = {(each["model"], each["id"]) for each in row.receipt["kept"]}
    assert traces(*TRACES) == kept & before
    assert ("billing.offersignature", offer.signature.pk) in kept
    assert ("billing.offer", offer.pk) in kept
    person.refresh_from_db()
    assert (str(person), person.email, person.birthday, person.interests, person.private_notes) == (
        "a person who was erased",
        "",
        None,
        "",
        "",
    )
    assert traces("her son is ill", "Wanda is my aunt", "Call me, Wanda", "all the best", "sailing") == set()
    assert AuditEntry.objects.filter(table_name="clients_contact", new__birthday="1970-03-01").count() == 0


def test_documents_stay_until_the_law_lets_them_go(cast: Cast) -> None:
    person = wanda(cast)
    offer = fill(cast, person)
    kept = erased(cast, person).receipt["kept"]
    assert {(each["title"], each["until_on"]) for each in kept} == {(f"{offer.number}, v1", "2032-12-31")}
    offer.refresh_from_db()
    assert (offer.title, offer.signature.by_name) == (f"Work for {NAME}", NAME)
    assert offer.recipient == ""


def test_scores_stay_without_a_name_and_what_hung_on_the_person_ends(cast: Cast) -> None:
    person = wanda(cast)
    fill(cast, person)
    erased(cast, person)
    answer = SurveyResponse.objects.get()
    assert (answer.score, answer.contact, answer.comment, answer.client) == (3, None, "", person.client)
    assert not SurveyInvitation.objects.exists()
    assert DirectChannelGrant.objects.get().revoked_on == TODAY
    assert not InfluenceEdge.objects.exists()
    assert Client.objects.get(pk=person.client_id).billing_email == ""
    assert Interaction.objects.get(kind="call").summary == f"Frau {GONE} was cross."
    assert not Contact.objects.here().filter(pk=person.pk).exists()


def test_the_same_person_at_other_clients_goes_too_with_former_names(cast: Cast) -> None:
    person = wanda(cast, last_name="Kowalska")
    person.last_name = "Zielinska"
    person.save()
    other = make_client(account_manager=cast.manager, notes="Wanda Kowalska comes from Nord")
    moved = move_contact(person, to=other, on=TODAY, by=cast.manager, at=NOW)
    erased(cast, moved)
    assert traces("Kowalska", "Zielinska") == set()
    person.refresh_from_db()
    assert person.erased_at == NOW


def test_what_others_share_stays(cast: Cast) -> None:
    """A switchboard, an info@ address, a namesake, a firm that bears the name, a colleague."""
    client = make_client(account_manager=cast.manager, name="Zielinska GmbH", notes="Zielinska GmbH, info@nord.example")
    person = wanda(cast, client=client, email="info@nord.example")
    same = make_contact(make_client(notes="Wanda Zielinska, the other"), first_name="Wanda", last_name="Zielinska")
    make_contact(client, last_name="Berg", email="info@nord.example", phone=PHONE)
    erased(cast, person)
    same.refresh_from_db()
    assert (str(same), same.client.notes) == (NAME, "Wanda Zielinska, the other")
    assert Contact.objects.get(last_name="Berg").phone == PHONE
    client.refresh_from_db()
    assert (client.name, client.notes) == ("Zielinska GmbH", "Zielinska GmbH, info@nord.example")


def test_cyrillic_names_go_in_both_orders_and_in_json(cast: Cast) -> None:
    client = make_client(
        account_manager=cast.manager, country="RU", notes="Звонить: Вебер Анна. Анна Вебер, 8 916 123-45-67"
    )
    person = make_contact(client, first_name="Анна", last_name="Вебер", email="", phone="+7 (916) 123-45-67")
    erased(cast, person)
    client.refresh_from_db()
    assert client.notes == f"Звонить: {GONE}. {GONE}, {GONE}"
    assert traces("Вебер") == set()


def test_the_trail_changes_on_this_one_path_which_leaves_its_own_entry(cast: Cast) -> None:
    person = wanda(cast)
    entry = AuditEntry.objects.filter(table_name="clients_contact", object_id=person.pk).get()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('anchor.erasing', %s, true)", [str(entry.pk)])
    changes: tuple[dict[str, Any], ...] = ({"new": {}}, {"old": {}, "action": "x"})
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).update(**change)
    row = asked(cast, person)
    with transaction.atomic():
        begin_erasing(row, told={})
        AuditEntry.objects.filter(pk=entry.pk).update(new={"last_name": GONE})
        for refused in ({"actor": cast.partner.pk}, {"at": NOW}):
            with pytest.raises(DatabaseError), transaction.atomic():
                AuditEntry.objects.filter(pk=entry.pk).update(**refused)
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditEntry.objects.filter(pk=entry.pk).delete()
    assert AuditEntry.objects.get(action="erasure").object_id == row.pk


def test_an_erasure_is_written_into_the_trail_with_who_did_it(cast: Cast) -> None:
    person = wanda(cast)
    row = erased(cast, person)
    entry = AuditEntry.objects.get(action="erasure")
    assert (entry.actor_id, entry.table_name, entry.new) == (
        cast.partner.pk,
        "clients_erasure",
        {"contacts": [person.pk]},
    )
    with pytest.raises(DatabaseError), transaction.atomic():  # the path is closed again
        AuditEntry.objects.filter(pk=entry.pk).update(new={})
    assert row.receipt["gone"]["contacts"] == 1


def test_the_preview_is_the_receipt_and_changes_nothing(cast: Cast) -> None:
    person = wanda(cast)
    fill(cast, person)
    row = asked(cast, person)
    before, entries = traces(*TRACES), AuditEntry.objects.count()
    shown = preview_erasure(row, at=NOW)
    assert (traces(*TRACES), AuditEntry.objects.count()) == (before, entries)
    assert erase_person(row, by=cast.partner, at=NOW).receipt == shown


def test_only_a_partner_erases_and_only_once(cast: Cast) -> None:
    person = wanda(cast)
    row = asked(cast, person)
    task = Task.objects.get(kind="erasure")
    assert (task.assignee, task.title, timezone.localdate(task.due_at)) == (
        cast.partner,
        "Erase a person of Nord AG",
        TODAY + timedelta(days=30),
    )
    with pytest.raises(ValidationError) as refused:
        erase_person(row, by=cast.manager, at=NOW)
    assert refused.value.code == "partner"
    with pytest.raises(ValidationError) as twice:
        asked(cast, person)
    assert twice.value.code == "already_done"
    erase_person(row, by=cast.partner, at=NOW)
    task.refresh_from_db()
    assert task.state == "done"
    with pytest.raises(ValidationError):
        erase_person(row, by=cast.partner, at=NOW)
    with pytest.raises(ValidationError):
        asked(cast, person)
    with pytest.raises(DatabaseError), transaction.atomic():
        Contact.objects.filter(pk=person.pk).update(last_name="Again")


def test_a_request_can_be_taken_back_and_is_not_of_tomorrow(cast: Cast) -> None:
    person = wanda(cast)
    with pytest.raises(ValidationError) as early:
        asked(cast, person, asked_on=TODAY + timedelta(days=1))
    assert set(early.value.error_dict) == {"asked_on"}
    row = withdraw_erasure(asked(cast, person), by=cast.manager, at=NOW)
    assert (row.state, Task.objects.get(kind="erasure").state) == ("withdrawn", "done")
    person.refresh_from_db()
    assert str(person) == NAME


def test_pages_lead_from_the_request_to_the_receipt(cast: Cast) -> None:
    person = wanda(cast)
    fill(cast, person)
    manager, partner = signed_in(cast.manager), signed_in(cast.partner)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    for day, status in ((tomorrow, 422), (TODAY.isoformat(), 302)):
        given = {"asked_on": day, "channel": "email"}
        assert manager.post(url("erasure_new", person.pk), given).status_code == status
    row = Erasure.objects.get()
    shown = text_of(manager.get(url("erasure", row.pk)))
    assert "What goes" in shown
    assert "Erase for good" not in shown
    assert "cannot be undone" in text_of(partner.get(url("erasure", row.pk)))
    assert manager.post(url("erasure_carry_out", row.pk), {"understood": "on"}).status_code == 403
    assert partner.post(url("erasure_carry_out", row.pk)).status_code == 422
    assert partner.post(url("erasure_carry_out", row.pk), {"understood": "on"}).status_code == 302
    receipt = text_of(partner.get(url("erasure", row.pk)))
    assert "31 Dec 2032" in receipt
    assert NAME not in receipt
    assert "data-print" in receipt
    assert "See the receipt" in text_of(manager.get(url("contact", person.pk)))
    assert manager.get(url("contact_edit", person.pk)).status_code == 403
    assert "a person who was erased" not in text_of(manager.get(url("erasure_list")))
    assert signed_in(cast.consultant).get(url("erasure", row.pk)).status_code == 404
    assert signed_in(make_client_keeper(cast)).get(url("erasure", row.pk)).status_code == 404


def make_client_keeper(cast: Cast) -> Any:
    """Another account manager, who keeps another client."""
    other = type(cast.manager).objects.create(username="other", roles=["account_manager"])
    make_client(account_manager=other)
    return other


def test_all_that_is_held_is_exported_and_that_is_on_record(cast: Cast) -> None:
    person = wanda(cast)
    fill(cast, person)
    Contact.objects.filter(pk=person.pk).update(notes_class="partner")
    told = json.loads(signed_in(cast.partner).get(url("contact_export", person.pk, "json")).content)
    held = told["held"]
    assert held["contacts"][0]["private_notes"] == "Her son is ill"
    assert set(held) >= {
        "greetings",
        "interactions",
        "promises",
        "complaints",
        "inquiries",
        "channels",
        "relationships",
        "survey_answers",
        "survey_invitations",
        "signatures",
        "offers",
        "import_rows",
        "tasks",
        "ideas",
    } - {"tasks"}
    assert any(each["table_name"] == "clients_contact" for each in told["trail"])
    assert AuditEntry.objects.filter(action="export", table_name="clients_contact").count() == 1
    packed = signed_in(cast.manager).get(url("contact_export", person.pk, "zip")).content
    with zipfile.ZipFile(BytesIO(packed)) as opened:
        mine = json.loads(opened.read("person.json"))
        assert "promises.csv" in opened.namelist()
        assert NAME in opened.read("promises.csv").decode("utf-8-sig")
    assert mine["held"]["contacts"][0]["private_notes"] is None
    assert set(mine["left_out"]) == {"import_rows", "private_notes"}
    assert signed_in(cast.partner).get(url("contact_export", person.pk, "exe")).status_code == 404
    assert signed_in(cast.consultant).get(url("contact_export", person.pk, "json")).status_code == 403


def test_of_clients_that_others_keep_an_account_manager_exports_nothing(cast: Cast) -> None:
    person = wanda(cast)
    other = make_client()
    Contact.objects.create(client=other, last_name="Zielinska", known_from=person, private_notes="", interests="golf")
    told = make_api(cast.manager).get(f"/api/v1/contacts/{person.pk}/export/").json()
    assert len(told["held"]["contacts"]) == 1
    assert len(make_api(cast.partner).get(f"/api/v1/contacts/{person.pk}/export/").json()["held"]["contacts"]) == 2


def test_the_api_notes_previews_and_erases(cast: Cast) -> None:
    person = wanda(cast)
    api, partner = make_api(cast.manager), make_api(cast.partner)
    body = {"contact": person.pk, "asked_on": TODAY.isoformat(), "channel": "letter"}
    made = api.post("/api/v1/erasures/", body)
    assert made.status_code == 201
    where = f"/api/v1/erasures/{made.json()['id']}/"
    assert api.post("/api/v1/erasures/", body).status_code == 409
    assert api.post("/api/v1/erasures/", body | {"contact": wanda(cast, client=make_client()).pk}).status_code == 403
    assert api.get(f"{where}preview/").json()["gone"]["contacts"] == 1
    assert api.post(f"{where}carry-out/", {"understood": True}).status_code == 403
    refused = partner.post(f"{where}carry-out/", {"understood": False})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "understood")
    done = partner.post(f"{where}carry-out/", {"understood": True})
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert partner.post(f"{where}withdraw/").status_code == 409
    assert api.get(f"/api/v1/contacts/{person.pk}/").json()["last_name"] == ""
    assert api.patch(f"/api/v1/contacts/{person.pk}/", {"last_name": "Again"}).status_code == 403


def test_whatever_points_at_a_person_takes_part(cast: Cast) -> None:
    """A new table with a contact says what it holds: else nobody would find it in an export."""
    person = person_of(wanda(cast))
    pointing = {each.model for each in pointing_at_contacts()} - {Erasure}
    assert pointing - {each.rows(person).model for each in holdings()} == set()
    for each in holdings():
        list(each.rows(person).values(*each.shown))


def pointing_at_contacts() -> list[Any]:
    columns = [each for model in apps.get_models() for each in model._meta.get_fields() if each.concrete]
    return [each for each in columns if each.related_model is Contact]
