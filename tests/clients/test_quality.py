"""Data quality: gaps in care on the start page and the page of their own, and firms that stand here twice."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from clients.reports.quality import findings
from clients.rules.findings import Finding, Identity, Twin, find_twins
from clients.services.merging import merge_client
from tests.make import Cast, browser_of, make_call, make_client, make_tiers

pytestmark = pytest.mark.django_db
URL = "/clients/quality/"


def gaps(cast: Cast) -> list[tuple[str, str]]:
    return [(row.client.name, row.gap.value) for row in findings(cast.partner, at=timezone.now())]


def vip(cast: Cast, **kw: Any) -> Client:
    given = {"name": "Alfa", "tier": "vip", "account_manager": cast.manager, "executive_owner": cast.partner, **kw}
    return make_client(**given)


def test_a_vip_needs_a_partner_who_works_here(cast: Cast) -> None:
    vip(cast, executive_owner=cast.manager)
    assert gaps(cast) == [("Alfa", "no_executive_owner"), ("Alfa", "too_few_people")]


def test_every_client_but_a_lost_one_needs_an_account_manager(cast: Cast) -> None:
    for status in ("prospect", "active", "dormant", "lost"):
        make_client(name=status, status=status)
    assert {name for name, _gap in gaps(cast)} == {"prospect", "active", "dormant"}


def test_two_of_us_who_met_a_vip_in_90_days_are_enough_also_through_a_double(cast: Cast) -> None:
    client, double = vip(cast), make_client(name="Alfa GmbH", account_manager=cast.manager)
    now = timezone.now()
    make_call(client, by=cast.manager, at=now - timedelta(days=1))
    make_call(client, by=cast.partner, at=now - timedelta(days=91))
    make_call(client, by=cast.partner, at=now, direction="in", is_missed=True)
    make_call(double, by=cast.partner, at=now - timedelta(days=1))
    assert gaps(cast) == [("Alfa", "too_few_people")]
    merge_client(double, into=client, at=now)
    assert gaps(cast) == []


def test_a_firm_stands_twice_by_number_or_by_the_words_of_its_name() -> None:
    firms = [
        Identity(1, "ООО «Заря»", ("77",), 1),
        Identity(2, "Заря, АО", (), 2),
        Identity(3, "Other", ("77",), 3),
        Identity(4, "Brandl Maschinenbau GmbH", (), 4),
        Identity(5, "Maschinenbau Brandl", (), 5),
        Identity(6, "Brandl Maschinenbau AG", (), 4),
        Identity(7, "Lone", ("1",), 7),
    ]
    assert list(find_twins(firms)) == [
        Twin(2, 1, Finding.SAME_NAME),
        Twin(3, 1, Finding.SAME_NUMBER),
        Twin(5, 4, Finding.SAME_NAME),
    ]


def test_quality_list_shows_filters_sorts_and_exports(cast: Cast) -> None:
    make_tiers()
    make_client(name="Alone")
    kept = make_client(name="Zeta GmbH", account_manager=cast.manager, vat_id="DE129273398")
    double = make_client(name="Zeta", account_manager=cast.manager, vat_id="DE129273398")
    page = browser_of(cast.partner).get(URL).content.decode()
    assert "Nobody keeps this client" in page
    assert f"{reverse('clients:client_merge', args=[double.pk])}?into={kept.pk}" in page
    only = browser_of(cast.partner).get(URL, {"gap": "same_number"}).content.decode()
    assert ("Alone" in only, "Zeta GmbH" in only) == (False, True)
    rows = browser_of(cast.partner).get(URL, {"ordering": "client"}).context["page"].rows
    assert [row.client.name for row in rows] == ["Alone", "Zeta"]
    rows = browser_of(cast.partner).get(URL, {"ordering": "-client", "search": "zet"}).context["page"].rows
    assert [row.client.name for row in rows] == ["Zeta"]
    file = b"".join(browser_of(cast.partner).get(URL, {"format": "csv"}).streaming_content).decode()  # type: ignore[attr-defined]
    assert "Zeta GmbH" in file
    assert "Nothing is missing that fits" in browser_of(cast.partner).get(URL, {"search": "x"}).content.decode()
    dialog = browser_of(cast.partner).get(reverse("clients:client_merge", args=[double.pk]), {"into": kept.pk})
    assert dialog.context["form"]["into"].initial == kept.pk


def test_quality_list_shows_only_what_one_may_mend(cast: Cast) -> None:
    make_client(name="Orphan")
    own = make_client(name="Zeta", account_manager=cast.manager)
    foreign = make_client(name="Zeta GmbH", account_manager=cast.partner)
    late = make_client(name="Zeta AG", account_manager=cast.manager)
    rows = browser_of(cast.manager).get(URL).context["page"].rows
    assert [(row.client.pk, row.other.pk, row.may_merge) for row in rows] == [(late.pk, own.pk, True)]
    Client.objects.filter(pk=own.pk).update(account_manager=cast.partner)
    rows = browser_of(cast.manager).get(URL).context["page"].rows
    assert [(row.client.pk, row.may_merge) for row in rows] == [(late.pk, False)]
    assert foreign.pk
    for nobody in (cast.consultant, cast.finance):
        assert browser_of(nobody).get(URL).status_code == 404


def test_quality_list_asks_as_much_for_many_as_for_few(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        make_client(name=f"Firm {number % 20}")
    browser = browser_of(cast.partner)
    browser.get(URL)
    with django_assert_max_num_queries(22):
        assert browser.get(URL).context["page"].has_next
