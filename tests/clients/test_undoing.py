"""Undo of proactive acts, advocacy and needs: a new row goes, a changed one stands as before, for whoever acted."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Need, ProactiveAct
from clients.reports.timeline import timeline
from clients.views.undoing import SALT
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_client, make_service_line

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def undo_on(browser: Browser, page: str) -> str:
    found = re.search(r'action="(/undo/[^"]+)"', text_of(browser.get(page)))
    assert found
    return found[1]


def test_a_new_act_is_taken_back_and_a_changed_one_stands_as_before(cast: Cast) -> None:
    client, browser = make_client(name="Brandl", account_manager=cast.manager), signed_in(cast.manager)
    typed = {"client": "Brandl", "kind": "prevent", "acted_on": TODAY.isoformat(), "evidence": "A disk was full"}
    browser.post(url("proactive_new"), typed)
    made = undo_on(browser, url("proactive_list"))
    act = ProactiveAct.objects.get()
    browser.post(url("proactive_edit", act.pk), {**typed, "evidence": "Another", "saved": "40"})
    changed = undo_on(browser, url("proactive_list"))
    assert signed_in(cast.partner).post(changed).status_code == 404
    assert browser.post(changed).status_code == 302
    act.refresh_from_db()
    assert (act.evidence, act.saved, act.client) == ("A disk was full", None, client)
    browser.post(made)
    assert ProactiveAct.objects.exists()  # it was changed since it was made


def test_what_somebody_has_changed_since_is_not_undone(cast: Cast) -> None:
    make_client(name="Brandl", account_manager=cast.manager)
    browser = signed_in(cast.manager)
    typed = {"client": "Brandl", "kind": "prevent", "acted_on": TODAY.isoformat(), "evidence": "A disk was full"}
    browser.post(url("proactive_new"), typed)
    act = ProactiveAct.objects.get()
    browser.post(url("proactive_edit", act.pk), {**typed, "evidence": "Another"})
    undo = undo_on(browser, url("proactive_list"))
    ProactiveAct.objects.filter(pk=act.pk).update(evidence="What somebody else saw")
    browser.post(undo)
    assert "Somebody has changed this since" in text_of(browser.get(url("proactive_list")))
    act.refresh_from_db()
    assert act.evidence == "What somebody else saw"


def test_a_new_need_is_taken_back(cast: Cast) -> None:
    make_client(name="Brandl", account_manager=cast.manager)
    browser, line = signed_in(cast.manager), make_service_line("law")
    typed = {"client": "Brandl", "service_line": line.pk, "evidence": "Said so", "currency": "EUR"}
    typed["due_on"] = (TODAY + timedelta(days=30)).isoformat()
    assert browser.post(url("need_new"), typed).status_code == 302
    assert browser.post(undo_on(browser, url("need_list"))).status_code == 302
    assert not Need.objects.exists()


def test_a_token_for_anything_else_is_refused(cast: Cast) -> None:
    client, browser = make_client(account_manager=cast.manager), signed_in(cast.manager)
    for said in (["client", client.pk, cast.manager.pk, "", None], ["proactiveact", 999, cast.manager.pk, "", None]):
        assert browser.post(url("row_undo", signing.dumps(said, salt=SALT))).status_code == 404
    assert browser.post(url("row_undo", "nonsense")).status_code == 404


def test_proactive_acts_stand_in_the_timeline(cast: Cast) -> None:
    client = make_client(account_manager=cast.manager)
    fields = {"kind": "prevent", "evidence": "A disk was full", "currency": "EUR", "logged_by": cast.manager}
    act = ProactiveAct.objects.create(client=client, acted_on=TODAY - timedelta(days=1), **fields)
    ProactiveAct.objects.create(client=make_client(), acted_on=TODAY, **fields)
    now = timezone.now()
    shown = [event for event in timeline(client, cast.manager, before=now) if event.kind == "proactive"]
    assert [(event.key, event.text, event.url) for event in shown] == [
        (f"proactive:{act.pk}", "A disk was full", url("proactive_edit", act.pk))
    ]
    assert not [e for e in timeline(client, cast.manager, before=now - timedelta(days=3)) if e.kind == "proactive"]
