"""The list of drafts: every draft on some page, sums over all of them, and all ready ones issued at once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from billing.models import Invoice, Series
from clients.models import Client
from tests.make import Cast, make_client
from tests.make.invoices import make_draft

pytestmark = pytest.mark.django_db
URL = reverse("billing:draft_list")
ISSUE = reverse("billing:invoice_bulk_issue")


@pytest.fixture
def finance(client: Browser, cast: Cast) -> Browser:
    client.force_login(cast.finance)
    return client


def drafts(n: int, client: Client | None = None) -> list[Invoice]:
    client = client or make_client()
    return [make_draft(client, minutes=60) for _each in range(n)]


def test_draft_list_has_every_draft_on_some_page_and_sums_them_all(finance: Browser) -> None:
    drafts(28)
    first, second = finance.get(URL), finance.get(URL, {"page": "2"})
    shown = [row.invoice.pk for answer in (first, second) for row in answer.context["rows"]]
    assert sorted(shown) == sorted(Invoice.objects.values_list("pk", flat=True))
    for answer in (first, second):
        assert answer.context["drafts"].sums == {"EUR": 28 * Decimal("126.05")}
        assert len(answer.context["drafts"].ready) == 28


def test_draft_list_narrows_by_what_is_ready_and_by_client(finance: Browser) -> None:
    good, bad = make_draft(make_client(name="Alfa")), make_draft(make_client(name="Beta", country="RU"))
    Series.objects.filter(seller=bad.seller).delete()
    found = {
        query: [row.invoice for row in finance.get(f"{URL}?{query}").context["rows"]]
        for query in ("state=ready", "state=broken", "state=free", "search=alf", "seller=x")
    }
    assert found == {
        "state=ready": [good],
        "state=broken": [bad],
        "state=free": [],
        "search=alf": [good],
        "seller=x": [],
    }
    assert "The own company has no number series." in finance.get(URL).content.decode()


def test_draft_list_takes_as_many_statements_for_forty_drafts_as_for_four(
    finance: Browser, django_assert_max_num_queries: Any
) -> None:
    drafts(4)
    finance.get(URL)
    with django_assert_max_num_queries(8):
        finance.get(URL)
    for _client in range(4):
        drafts(9)
    with django_assert_max_num_queries(8):
        assert len(finance.get(URL).context["rows"]) == 25


def test_draft_list_issues_all_ready_ones_of_the_filter(finance: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.views.drafts.AT_ONCE", 100)
    wanted, other = make_client(name="Alfa"), make_client(name="Beta")
    mine, others = drafts(27, wanted), drafts(1, other)
    url = f"{ISSUE}?every=1&search=alf"
    asked = finance.get(url)
    assert (asked.context["count"], len(asked.context["rows"])) == (27, 27)
    finance.post(url, {"issued_on": date(2026, 4, 1).isoformat()})
    assert set(Invoice.objects.issued()) == set(mine)
    assert set(Invoice.objects.drafts()) == set(others)


def test_draft_list_says_when_nothing_waits(finance: Browser) -> None:
    assert "No drafts" in finance.get(URL).content.decode()


def test_invoice_list_names_how_many_drafts_there_are_beyond_the_first(finance: Browser) -> None:
    drafts(14)
    shown = finance.get(reverse("billing:invoice_list"))
    assert len(shown.context["rows"]) == 12
    assert "All 14 drafts" in shown.content.decode()
