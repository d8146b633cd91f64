"""Pages and API of health: who sees which client, evidence, weights that keep what was typed, bounded statements."""

from datetime import date, timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, ClientMember
from crm.models import User
from loyalty.models import HealthWeights
from loyalty.services.health import refresh_health
from tests.make import Cast, make_api, make_call, make_client, make_revenue, make_service_line
from tests.statements import counted

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text_of(user: User, url: str) -> str:
    response = signed_in(user).get(url)
    assert response.status_code == 200
    return response.content.decode()


def scored(cast: Cast, **kw: object) -> Client:
    client = make_client(**{"status": "active", "since_on": date(2026, 1, 1), "account_manager": cast.manager, **kw})
    make_revenue(client, "100.00", on=timezone.localdate(), service_line=make_service_line("it"))
    make_call(client, at=timezone.now() - timedelta(days=3))
    refresh_health(on=timezone.localdate(), at=timezone.now())
    return client


@pytest.mark.parametrize("name", ["health_list", "health_backtest", "health_weights"])
def test_an_empty_firm_has_an_answer_on_every_page(cast: Cast, name: str) -> None:
    text = text_of(cast.partner, reverse(f"loyalty:{name}"))
    assert "NaN" not in text
    assert ">None<" not in text


def test_health_list_shows_own_clients_with_what_costs_most(cast: Cast) -> None:
    own, other = scored(cast, name="Nordlicht AG"), scored(cast, name="Fremde KG", account_manager=None)
    text = text_of(cast.manager, reverse("loyalty:health_list"))
    assert own.name in text
    assert other.name not in text
    assert "Services used" in text
    assert own.name not in text_of(cast.manager, reverse("loyalty:health_list") + "?band=green")
    assert other.name in text_of(cast.partner, reverse("loyalty:health_list") + "?band=red&ordering=-value")


def test_health_list_needs_no_more_statements_for_more_clients(cast: Cast) -> None:
    browser, url = signed_in(cast.partner), reverse("loyalty:health_list")
    scored(cast)
    with counted() as few:
        browser.get(url)
    for _number in range(5):
        scored(cast)
    with counted() as many:
        browser.get(url)
    assert len(many) == len(few) <= 12


def test_health_panel_gives_the_evidence_of_every_point(cast: Cast) -> None:
    client = scored(cast)
    url = reverse("loyalty:health_panel", args=[client.pk])
    text = text_of(cast.manager, url)
    for words in ("3 days since the last contact", ">IT<", "no promise was due in 90 days", "1 person met or heard"):
        assert words in text
    stranger = scored(cast, account_manager=None)
    assert signed_in(cast.manager).get(reverse("loyalty:health_panel", args=[stranger.pk])).status_code == 404


def test_a_consultant_sees_the_card_of_those_they_work_for_without_closed_links(cast: Cast) -> None:
    client = scored(cast)
    ClientMember.objects.create(client=client, user=cast.consultant, from_on=date(2026, 1, 1))
    text = text_of(cast.consultant, reverse("loyalty:health_panel", args=[client.pk]))
    assert reverse("billing:client_money_panel", args=[client.pk]) not in text
    assert reverse("clients:client_timeline", args=[client.pk]) in text


POINTS = {
    "silence": 20,
    "anchors": 15,
    "nps": 15,
    "promises": 15,
    "payment_delay": 10,
    "revenue_trend": 10,
    "people_touched": 10,
    "contract_left": 5,
    "green_from": 75,
    "amber_from": 50,
    "open_detractor": 49,
    "overdue_90": 49,
    "notice_given": 10,
    "reason": "we lost two clients to silence",
}


def test_health_weights_make_a_new_version_and_begin_from_the_last(cast: Cast) -> None:
    browser, url = signed_in(cast.partner), reverse("loyalty:health_weights")
    answer = browser.post(url, POINTS | {"silence": 30, "anchors": 5})
    assert answer.status_code == 302
    weights = HealthWeights.objects.get()
    assert (weights.silence, weights.anchors, weights.made_by) == (30, 5, cast.partner)
    assert 'value="30"' in browser.get(url).content.decode()


def test_health_weights_that_do_not_add_up_keep_what_was_typed(cast: Cast) -> None:
    answer = signed_in(cast.partner).post(reverse("loyalty:health_weights"), POINTS | {"silence": 44})
    assert answer.status_code == 422
    assert "add up to 100" in answer.content.decode()
    assert 'value="44"' in answer.content.decode()
    assert not HealthWeights.objects.exists()


def test_the_api_gives_a_card_and_the_list(cast: Cast) -> None:
    client, other = scored(cast), scored(cast, account_manager=None)
    api = make_api(cast.manager)
    card = api.get(f"/api/v1/clients/{client.pk}/health/").json()
    assert (card["band"], card["capped_by"], card["note"]) == ("red", None, None)
    assert sum(factor["points"] for factor in card["factors"]) == card["raw"] == card["score"]
    assert [factor["code"] for factor in card["factors"]][:2] == ["silence", "anchors"]
    assert api.get(f"/api/v1/clients/{other.pk}/health/").status_code == 404
    rows = api.get("/api/v1/reports/health/").json()["results"]
    assert [(row["client"], row["score"]) for row in rows] == [(client.pk, card["score"])]
    assert api.get("/api/v1/reports/health/?band=purple").json()["errors"][0]["attr"] == "band"


def test_the_api_says_why_there_is_no_score(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    card = make_api(cast.manager).get(f"/api/v1/clients/{client.pk}/health/").json()
    assert (card["score"], card["factors"]) == (None, [])
    assert card["note"]
