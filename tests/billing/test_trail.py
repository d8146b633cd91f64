"""The trail that finance reads: that of billing and of the own companies, never that of clients and people."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import get_resolver, reverse

from billing.models import Discount
from crm.api.serializers import RecordSerializer
from crm.history import tracked
from tests.make import Cast, browser_of, make_api, make_client, make_rate

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("who", "sees_clients"), [("partner", True), ("finance", False)])
def test_finance_reads_the_trail_of_billing_and_not_that_of_clients(cast: Cast, who: str, sees_clients: bool) -> None:
    user, found = getattr(cast, who), make_client(notes="They quarrel with their bank")
    make_rate(client=found)
    browser = Browser()
    browser.force_login(user)
    told = {row["table_name"] for row in make_api(user).get("/api/v1/audit/?page_size=200").data["results"]}
    assert {"billing_rate", "clients_seller"} <= told
    assert ("clients_client" in told) is sees_clients
    for address in (reverse("crm:audit"), reverse("crm:audit_export", args=["csv"])):
        assert ("quarrel" in browser.get(address).getvalue().decode()) is sees_clients
    trail = reverse("crm:history", args=["clients_client", found.pk])
    assert (browser.get(trail).status_code == 200) is sees_clients


def test_an_account_manager_does_not_read_the_margin_of_a_discount_in_its_history(cast: Cast) -> None:
    found = Discount.objects.create(
        client=make_client(account_manager=cast.manager),
        percent="10",
        covers="services",
        valid_from="2026-01-01",
        reason="frame contract",
        made_by=cast.manager,
        margin_after="0.361234",
    )
    address = reverse("crm:history", args=["billing_discount", found.pk])
    assert "361234" not in browser_of(cast.manager).get(address).content.decode()
    assert "361234" in browser_of(cast.partner).get(address).content.decode()


def test_what_a_serializer_guards_is_hidden_in_the_history_too() -> None:
    assert get_resolver().url_patterns  # every view, and with it every serializer, is imported
    guards = {found.Meta.model: found.Meta.guarded for found in _serializers() if hasattr(found.Meta, "guarded")}
    assert len(guards) > 5
    for model, guarded in guards.items():
        columns = {field.column for field in model._meta.concrete_fields} & guarded.keys()
        if history := tracked(model._meta.db_table):
            assert {name: history.hidden.get(name) for name in columns} == {name: guarded[name] for name in columns}


def _serializers(of: type[Any] = RecordSerializer) -> Iterator[Any]:
    for found in of.__subclasses__():
        yield from [found] if hasattr(found, "Meta") else []
        yield from _serializers(found)
