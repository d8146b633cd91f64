"""The trail as pages, export and API; the History of one object for whoever sees it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse

from clients.models import Client, Contact
from crm import history
from crm.acting import acting
from crm.history import register_history, tell
from crm.models import AuditEntry
from crm.trail import note_act
from tests.make import Cast, browser_of, make_api, make_client, make_contact

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _tracked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_tracked", dict(history._tracked))
    register_history(Client, right="client.see", hidden={"debtor_account": "invoice.see"})


def changed_client(cast: Cast, **kw: Any) -> Client:
    client = make_client(name="Alfa", account_manager=cast.manager, **kw)
    with acting(cast.manager.pk, origin="10.0.0.1 POST /clients/"):
        client.name, client.tier, client.account_manager = "Alfa AG", "a", cast.partner
        client.save()
    return client


class TestHistory:
    def test_it_speaks_in_field_names_labels_and_names(self, cast: Cast) -> None:
        client = changed_client(cast)
        told = tell(AuditEntry.objects.of(client)[:1], cast.partner)[0]
        assert told.actor == "Anna Orlova"
        assert [(change.field, change.old, change.new) for change in told.changes] == [
            ("name", "Alfa", "Alfa AG"),
            ("tier", "B", "A"),
            ("account manager", "Anna Orlova", "Irina Belova"),
        ]

    def test_days_and_moments_are_told_as_on_pages(self, cast: Cast) -> None:
        new = {"nps_on": "2020-01-31", "surveys_refused_at": "2026-06-30T12:00:30.5+00:00"}
        at = datetime(2026, 1, 1, tzinfo=UTC)
        entry = AuditEntry(at=at, action="update", table_name="clients_contact", object_id=1, old={}, new=new)
        told = tell([entry], cast.partner)[0]
        assert {change.new for change in told.changes} == {"31 Jan 2020", "30 Jun 2026, 14:00"}

    def test_the_panel_shows_the_newest_first(self, cast: Cast) -> None:
        client = changed_client(cast)
        url = reverse("crm:history", args=["clients_client", client.pk])
        text = browser_of(cast.partner).get(url).content.decode()
        assert text.index("Alfa AG") < text.index("created")
        assert "Anna Orlova" in text

    def test_who_does_not_see_the_object_gets_404_as_for_unknown_ones(self, cast: Cast) -> None:
        client = changed_client(cast)
        outsider, partner = browser_of(cast.outsider), browser_of(cast.partner)
        assert outsider.get(reverse("crm:history", args=["clients_client", client.pk])).status_code == 404
        for table, pk in (("clients_client", 0), ("clients_client", 10**18), ("clients_client", 10**30)):
            assert partner.get(f"/history/{table}/{pk}/").status_code == 404
        for table in ("crm_apitoken", "clients_contact", "nowhere"):
            assert partner.get(reverse("crm:history", args=[table, 1])).status_code == 404

    def test_a_value_without_its_right_stays_hidden(self, cast: Cast) -> None:
        client = make_client(account_manager=cast.consultant)
        client.debtor_account = "10001"
        client.save()
        url = reverse("crm:history", args=["clients_client", client.pk])
        assert "10001" in browser_of(cast.finance).get(url).content.decode()
        assert "10001" not in browser_of(cast.consultant).get(url).content.decode()

    def test_html_in_names_stays_text(self, cast: Cast) -> None:
        client = make_client(name="<script>alert(1)</script>")
        text = browser_of(cast.partner).get(reverse("crm:history", args=["clients_client", client.pk])).content.decode()
        assert "<script>" not in text

    def test_values_of_any_shape_are_told(self, cast: Cast) -> None:
        entry = AuditEntry(
            at=datetime(2026, 1, 1, tzinfo=UTC),
            action="update",
            table_name="clients_client",
            object_id=1,
            old={"name": {"a": 1}, "gone": [1, {"b": 2}], "tier": ["x"], "account_manager_id": {"odd": 1}},
            new={"name": "B", "gone": None, "tier": 7, "account_manager_id": 999},
        )
        told = tell([entry], cast.partner)[0]
        assert [(change.field, change.old, change.new) for change in told.changes] == [
            ("name", "a: 1", "B"),
            ("gone", "1, {'b': 2}", "–"),
            ("tier", "x", "7"),
            ("account manager", "odd: 1", "#999"),
        ]

    def test_private_notes_are_not_in_the_trail(self) -> None:
        contact = make_contact(private_notes="ill", notes_until_on=date(2030, 1, 1))
        Contact.objects.filter(pk=contact.pk).update(private_notes="worse")
        assert "private_notes" not in str(list(AuditEntry.objects.of(contact).values_list("old", "new")))

    def test_many_entries_cost_no_more_queries(self, cast: Cast, django_assert_max_num_queries: Any) -> None:
        client = changed_client(cast)
        for number in range(20):
            Client.objects.filter(pk=client.pk).update(city=f"City {number}")
        entries = list(AuditEntry.objects.of(client))
        with django_assert_max_num_queries(3):
            tell(entries, cast.partner)


class TestTrail:
    def test_the_page_filters_and_exports(self, cast: Cast) -> None:
        client = changed_client(cast)
        partner, url = browser_of(cast.partner), reverse("crm:audit")
        text = partner.get(url, {"table_name": "clients_client", "object_id": str(client.pk)}).content.decode()
        assert "Alfa AG" in text
        assert "10.0.0.1 POST /clients/" in text
        assert "Alfa AG" not in partner.get(url, {"actor": cast.finance.pk}).content.decode()
        assert "Alfa AG" not in partner.get(url, {"action": "delete"}).content.decode()
        assert "Alfa AG" in partner.get(url, {"search": "10.0.0.1"}).content.decode()
        asked = {"actor": str(cast.manager.pk)}
        export = partner.get(reverse("crm:audit_export", args=["csv"]), asked)
        rows = b"".join(export).decode("utf-8-sig").splitlines()
        assert len(rows) == 2
        assert "anna,10.0.0.1 POST /clients/,update,clients_client" in rows[1]

    def test_an_export_of_the_trail_is_in_the_trail(self, cast: Cast) -> None:
        browser_of(cast.finance).get(reverse("crm:audit_export", args=["xlsx"]))
        entry = AuditEntry.objects.get(action="export")
        assert (entry.actor, entry.table_name) == (cast.finance, "crm_auditentry")

    @pytest.mark.parametrize(
        "query",
        [
            "page=x",
            "object_id=x",
            "object_id=99999999999999999999999",
            "actor=99999999999999999999",
            "table_name=%00",
            "search=%00",
            "at_min=2026-99-99",
            "search=99999999999999999999999999",
        ],
    )
    def test_wrong_filters_are_no_fault(self, cast: Cast, query: str) -> None:
        assert browser_of(cast.partner).get(f"{reverse('crm:audit')}?{query}").status_code == 200

    def test_a_chosen_kind_of_thing_stands_on_its_chip(self, cast: Cast) -> None:
        make_client()
        answer = browser_of(cast.partner).get(reverse("crm:audit"), {"table_name": "clients_client"})
        assert answer.status_code == 200
        assert "clients_client" in answer.content.decode()

    def test_only_partners_and_finance_see_it(self, cast: Cast) -> None:
        assert browser_of(cast.finance).get(reverse("crm:audit")).status_code == 200
        for user in (cast.manager, cast.consultant, cast.integration):
            assert browser_of(user).get(reverse("crm:audit")).status_code == 404

    def test_the_api_pages_by_cursor(self, cast: Cast) -> None:
        client = changed_client(cast)
        api = make_api(cast.partner)
        asked = {"table_name": "clients_client", "object_id": str(client.pk), "page_size": "1"}
        first = api.get("/api/v1/audit/", asked).json()
        assert first["results"][0]["new"]["name"] == "Alfa AG"
        assert api.get(first["next"]).json()["results"][0]["action"] == "insert"
        assert api.post("/api/v1/audit/", {}).status_code == 405
        assert api.get("/api/v1/audit/?cursor=nonsense").status_code == 404

    def test_an_act_without_a_change_can_be_noted(self, cast: Cast) -> None:
        contact = make_contact()
        with acting(cast.manager.pk, origin="page"):
            note_act("opening", contact, at=datetime(2026, 1, 1, tzinfo=UTC), detail={"what": "private notes"})
        entry = AuditEntry.objects.of(contact).get(action="opening")
        assert (entry.actor, entry.origin, entry.new) == (cast.manager, "page", {"what": "private notes"})
