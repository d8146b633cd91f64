"""The client list, its exports, many rows at once, palette and badges."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import (
    KeyClientDesignation,
    SavedView,
)
from crm.models import AuditEntry
from tests.clients.pages import signed_in, text_of, url, valued
from tests.make import Cast, make_api, make_client, make_contact, make_promised, make_tiers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tiers(db: None) -> None:
    make_tiers()


@pytest.mark.parametrize("n", [10, 50, 200])
def test_the_list_costs_at_most_eight_statements(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(n):
        client = valued(account_manager=cast.manager)
        KeyClientDesignation.objects.create(client=client, type="image", since_on=date(2024, 1, 1))
    browser = signed_in(cast.manager)
    with django_assert_max_num_queries(8):
        assert browser.get(url("client_list")).status_code == 200


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


def test_a_client_never_touched_is_overdue_as_it_is_today(cast: Cast) -> None:
    make_client(name="Alfa", tier="a", since_on=date(2026, 1, 1), account_manager=cast.manager)
    make_client(name="Fresh", tier="a", since_on=timezone.localdate(), account_manager=cast.manager)
    make_client(name="Foreign", tier="a", since_on=date(2026, 1, 1))
    rows = signed_in(cast.manager).get(url("client_list") + "?view=overdue").context["page"].rows
    assert [row.name for row in rows] == ["Alfa"]
    found = make_api(cast.manager).get("/api/v1/clients/?view=overdue").json()["results"]
    assert [row["name"] for row in found] == ["Alfa"]
