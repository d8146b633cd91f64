"""Saved views of every list: kept under a name from its filters, one's own, deleted and restored."""

import re
from typing import Any

import pytest
from django.urls import reverse

from clients.models import SavedView
from tests.clients.pages import signed_in, text_of, url
from tests.make import Cast, make_scope_request
from tests.make.clients import make_client

pytestmark = pytest.mark.django_db
SCOPE = "clients:scope_list"


def keep(browser: Any, name: str = "Unpaid", query: str = "is_unpaid=true&page=3", of: str = SCOPE) -> Any:
    return browser.post(f"{url('view_new')}?of={of}", {"name": name, "query": query})


def undo_on(browser: Any, page: str) -> str:
    found = re.search(r'action="(/views/(?:[0-9]+/delete|restore/[^"]+)/)"', text_of(browser.get(page)))
    assert found
    return found[1]


@pytest.mark.parametrize("name", [SCOPE, "clients:promise_list", "billing:invoice_list", "crm:people"])
def test_every_list_with_filters_offers_its_views(cast: Cast, name: str) -> None:
    browser = signed_in(cast.partner)
    make_scope_request(make_client())
    assert f"of={name.replace(':', '%3A')}" in text_of(browser.get(reverse(name)))
    assert keep(browser, of=name).status_code == 302
    assert SavedView.objects.get().page == name
    menu = text_of(browser.get(url("view_list"), {"of": name}, headers={"HX-Request": "true"}))
    assert f"{reverse(name)}?is_unpaid=true" in menu


def test_a_view_is_of_one_list_and_one_person(cast: Cast) -> None:
    browser = signed_in(cast.partner)
    keep(browser)
    assert keep(browser).status_code == 422
    assert keep(browser, of="clients:praise_list").status_code == 302
    assert keep(signed_in(cast.manager)).status_code == 302
    shown = text_of(browser.get(url("view_list"), {"of": SCOPE}, headers={"HX-Request": "true"}))
    assert shown.count("Unpaid") == 1
    assert text_of(browser.get(url("view_list"))).count("Delete the view Unpaid") == 2


def test_what_is_kept_is_what_the_list_shows_now(cast: Cast) -> None:
    browser = signed_in(cast.partner)
    there = f"http://testserver{url('scope_list')}?answer=refused&page=2"
    form = browser.get(
        f"{url('view_new')}?of={SCOPE}&query=stale", headers={"HX-Request": "true", "HX-Current-URL": there}
    )
    assert 'value="answer=refused"' in text_of(form)
    bad = {"HX-Request": "true", "HX-Current-URL": "http://[bad"}
    assert browser.get(f"{url('view_new')}?of={SCOPE}&query=x%3D1", headers=bad).status_code == 200


def test_keeping_and_deleting_are_taken_back(cast: Cast) -> None:
    browser = signed_in(cast.partner)
    keep(browser)
    browser.post(undo_on(browser, url("scope_list")))
    assert not SavedView.objects.exists()
    browser.post(undo_on(browser, url("scope_list")))
    view = SavedView.objects.get()
    assert (view.name, view.query, view.owner) == ("Unpaid", "is_unpaid=true", cast.partner)
    assert signed_in(cast.manager).post(url("view_delete", view.pk)).status_code == 404
    browser.post(url("view_delete", view.pk))
    restore = undo_on(browser, url("scope_list"))
    assert signed_in(cast.manager).post(restore).status_code == 404
    assert browser.post(url("view_restore", "nonsense")).status_code == 404


@pytest.mark.parametrize("of", ["nonsense", "clients:client", "clients:nothing", "x:" + "y" * 80])
def test_what_is_no_list_has_no_views(cast: Cast, of: str) -> None:
    browser = signed_in(cast.partner)
    assert keep(browser, of=of).status_code == 404
    assert browser.get(url("view_list"), {"of": of}).status_code == 404


def test_a_view_of_a_list_that_was_renamed_is_still_shown_and_deleted(cast: Cast) -> None:
    view = SavedView.objects.create(owner=cast.partner, page="clients:gone", name="Old one", query="a=1")
    browser = signed_in(cast.partner)
    assert "Old one" in text_of(browser.get(url("view_list")))
    assert browser.post(url("view_delete", view.pk)).status_code == 302
