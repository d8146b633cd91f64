"""The trail that finance reads: that of billing and of the own companies, never that of clients and people."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tests.make import Cast, make_api, make_client, make_rate

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
