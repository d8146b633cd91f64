"""Proactive acts and advocacy: told before used, consent before published; pages, files and API."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from clients.models import Advocacy, Client, ProactiveAct
from clients.services.growth import save_advocacy, save_proactive
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_api, make_client, make_contact, make_user

pytestmark = pytest.mark.django_db
ACTS, ADVOCACY = "/api/v1/proactive-acts/", "/api/v1/advocacy/"
NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def acted(client: Client, **kw: Any) -> ProactiveAct:
    fields = {"kind": "prevent", "acted_on": TODAY, "evidence": "A disk was full", "currency": "EUR", **kw}
    return save_proactive(ProactiveAct(client=client, **fields), by=make_user(), at=NOW)


def asked(client: Client, **kw: Any) -> Advocacy:
    fields = {"kind": "interview", "title": "Two servers, no night shift", "asked_on": TODAY, **kw}
    return save_advocacy(Advocacy(client=client, **fields), by=make_user(), at=NOW)


@pytest.mark.parametrize(
    "lacking", [{"client_told_at": None}, {"result": ""}], ids=["the client was not told", "there is no result"]
)
def test_an_act_is_used_elsewhere_once_it_has_a_result_and_the_client_knows(lacking: dict[str, Any]) -> None:
    client = make_client()
    full = {"use": "story", "result": "No night shift", "client_told_at": NOW}
    with pytest.raises(ValidationError, match="the client knows of it"):
        acted(client, **{**full, **lacking})
    act = acted(client, **full)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProactiveAct.objects.filter(pk=act.pk).update(**lacking)


def test_an_act_has_evidence_a_past_and_a_contact_of_the_client() -> None:
    client = make_client()
    for wrong in ({"evidence": ""}, {"acted_on": TODAY + timedelta(days=1)}, {"contact": make_contact()}):
        with pytest.raises(ValidationError) as refused:
            acted(client, **wrong)
        assert set(refused.value.error_dict) == set(wrong)
    with pytest.raises(ValidationError, match="not negative"):
        acted(client, saved=-1)


@pytest.mark.parametrize("status", ["agreed", "published"])
def test_nothing_is_agreed_or_published_without_consent(status: str) -> None:
    client, consent = make_client(), {"consent_on": TODAY, "consent_evidence": "Mail of Mr Brandl"}
    for lacking in ({"consent_on": None}, {"consent_evidence": ""}):
        with pytest.raises(ValidationError, match="Consent has a day"):
            asked(client, status=status, published_on=TODAY, **{**consent, **lacking})
    assert asked(client, status=status, published_on=TODAY, **consent).status == status


def test_what_is_published_has_a_day_not_before_the_consent() -> None:
    client, consent = make_client(), {"consent_on": TODAY, "consent_evidence": "Mail of Mr Brandl"}
    for day in (None, TODAY - timedelta(days=1)):
        with pytest.raises(ValidationError, match="not before the consent"):
            asked(client, status="published", published_on=day, **consent)
    with pytest.raises(ValidationError) as refused:
        asked(client, status="agreed", consent_on=TODAY + timedelta(days=1), consent_evidence="Said so")
    assert set(refused.value.error_dict) == {"consent_on"}


def test_acts_and_advocacy_over_the_api(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    api = make_api(cast.manager)
    body = {"client": client.pk, "kind": "propose_saving", "acted_on": TODAY.isoformat(), "evidence": "Two licences"}
    made = api.post(ACTS, {**body, "saved": "480"})
    assert made.status_code == 201, made.json()
    row = made.json()
    assert (row["saved"], row["currency"], row["logged_by"]) == ("480.00", "EUR", cast.manager.pk)
    assert api.patch(f"{ACTS}{made.json()['id']}/", {"use": "resale"}).status_code == 400
    told = {"use": "resale", "result": "Cancelled", "client_told_at": NOW.isoformat()}
    assert api.patch(f"{ACTS}{made.json()['id']}/", told).json()["use"] == "resale"
    talk = {"client": client.pk, "kind": "conference_talk", "title": "Our year", "asked_on": TODAY.isoformat()}
    talked = api.post(ADVOCACY, talk)
    assert (talked.status_code, talked.json()["status"]) == (201, "asked")
    refused = api.patch(f"{ADVOCACY}{talked.json()['id']}/", {"status": "agreed"})
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "status")
    assert make_api(cast.consultant).get(ADVOCACY).status_code == 403


def test_strangers_find_neither_acts_nor_advocacy(cast: Cast) -> None:
    client = make_client(name="Foreign one")
    act, row = acted(client), asked(client)
    for path in (f"{ACTS}{act.pk}/", f"{ADVOCACY}{row.pk}/"):
        assert make_api(cast.manager).get(path).status_code == 404
    browser = signed_in(cast.manager)
    for name in ("proactive_list", "advocacy_list"):
        assert "Foreign one" not in text_of(browser.get(url(name)))
    assert browser.get(url("client_growth", client.pk)).status_code == 404
    assert browser.get(url("proactive_edit", act.pk)).status_code == 404


def test_acts_and_advocacy_are_written_down_on_pages(cast: Cast) -> None:
    client, browser = make_client(name="Brandl", account_manager=cast.manager), signed_in(cast.manager)
    typed = {"client": "Brandl", "kind": "prevent", "acted_on": TODAY.isoformat(), "evidence": "A disk was full"}
    wrong = browser.post(url("proactive_new"), {**typed, "use": "story"})
    assert wrong.status_code == 422
    assert "A disk was full" in text_of(wrong)
    assert browser.post(url("proactive_new"), typed).status_code == 302
    act = ProactiveAct.objects.get()
    assert (act.logged_by, act.currency) == (cast.manager, "EUR")
    talk = {"client": "Brandl", "kind": "interview", "title": "No night shift", "asked_on": TODAY.isoformat()}
    assert browser.post(url("advocacy_new"), {**talk, "status": "agreed"}).status_code == 422
    assert browser.post(url("advocacy_new"), {**talk, "status": "asked"}).status_code == 302
    row = Advocacy.objects.get()
    agreed = {**talk, "status": "agreed", "consent_on": TODAY.isoformat(), "consent_evidence": "Mail"}
    assert browser.post(url("advocacy_edit", row.pk), agreed).status_code == 302
    panel = text_of(browser.get(url("client_growth", client.pk)))
    assert "A disk was full" in panel
    assert "No night shift" in panel
    assert "No night shift" not in text_of(signed_in(cast.partner).get(url("proactive_list")))


@pytest.mark.parametrize(
    ("name", "words", "other"),
    [("proactive_list", "A disk was full", "maintain"), ("advocacy_list", "night shift", "success_story")],
)
def test_the_lists_filter_and_are_files(cast: Cast, name: str, words: str, other: str) -> None:
    client = make_client(account_manager=cast.manager)
    acted(client)
    asked(client)
    browser = signed_in(cast.manager)
    assert words in text_of(browser.get(url(name)))
    assert words not in text_of(browser.get(url(name) + f"?kind={other}"))
    file = browser.get(url(name) + "?format=csv&headers=names")
    assert words in b"".join(file.streaming_content).decode()  # type: ignore[attr-defined]
    assert browser.get(url(name) + "?format=xlsx").status_code == 200


@pytest.mark.parametrize("n", [2, 40])
def test_the_lists_cost_the_same_whatever_their_length(cast: Cast, n: int, django_assert_max_num_queries: Any) -> None:
    for _number in range(n):
        client = make_client(account_manager=cast.manager)
        acted(client, contact=make_contact(client))
        asked(client)
    browser = signed_in(cast.manager)
    for name in ("proactive_list", "advocacy_list"):
        browser.get(url(name))
        with django_assert_max_num_queries(20):
            browser.get(url(name))
