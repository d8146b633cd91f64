"""Two records of one firm: lists and sums of the one that stays follow the pointer, and undoing takes it away."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend

from billing.models import Discount, RevenueDay
from billing.services.client_figures import refresh_money
from clients.models import Client, ClientFigure, Contact, Extra, Promise
from clients.reports.board import board
from clients.services.extras import give_extra
from clients.services.merging import merge_client, unmerge_client
from crm.api.filters import VisibleChoice
from crm.models import AuditEntry
from tests.clients.pages import signed_in
from tests.crm.test_access import ROUTES
from tests.make import (
    Cast,
    make_api,
    make_call,
    make_client,
    make_contact,
    make_need,
    make_promised,
    make_rate,
    make_revenue,
    make_tiers,
)

pytestmark = pytest.mark.django_db
V1 = "/api/v1"


@pytest.fixture
def pair(cast: Cast) -> tuple[Client, Client]:
    """A client of long standing and its double, each with revenue, a person and a call."""
    make_tiers()
    today = timezone.localdate()
    kept, double = (
        make_client(name=name, account_manager=cast.manager, since_on=date(2020, 1, 1), tax_number="12345")
        for name in ("Brandl Maschinenbau GmbH", "Brandl Maschinenbau")
    )
    for client, amount, days in ((kept, "300.00", 60), (double, "100.00", 3)):
        make_revenue(client, amount, on=today - timedelta(days=days), invoice_count=3)
        person = make_contact(client, last_name=f"Person {client.pk}")
        make_call(client, by=cast.manager, at=timezone.now() - timedelta(days=days), contacts=[person], summary="Talk")
    refresh_money(on=today)
    return kept, double


def figures_of(client: Client) -> dict[str, Any]:
    names = ("revenue_12m", "badge_value", "last_two_way_at", "revenue_share")
    return dict(ClientFigure.objects.filter(client=client).values(*names).get())


def test_the_one_that_stays_counts_for_both(pair: tuple[Client, Client]) -> None:
    kept, double = pair
    touched = figures_of(double)["last_two_way_at"] or timezone.now() - timedelta(days=3)
    merge_client(double, into=kept, at=timezone.now())
    both = figures_of(kept)
    assert (both["revenue_12m"], both["badge_value"]) == (Decimal("400.00"), Decimal("2000.00"))
    assert abs(both["last_two_way_at"] - touched) < timedelta(hours=1)
    assert figures_of(double)["revenue_12m"] == Decimal("0.00")


def test_undoing_leaves_everything_as_it_was(pair: tuple[Client, Client]) -> None:
    kept, double = pair
    rows = list(RevenueDay.objects.order_by("pk").values("pk", "client", "net_amount"))
    people = list(Contact.objects.order_by("pk").values("pk", "client"))
    lost = merge_client(double, into=kept, at=timezone.now())
    assert list(RevenueDay.objects.order_by("pk").values("pk", "client", "net_amount")) == rows
    unmerge_client(lost, at=timezone.now())
    assert (figures_of(kept)["revenue_12m"], figures_of(double)["revenue_12m"]) == (Decimal(300), Decimal(100))
    assert list(Contact.objects.order_by("pk").values("pk", "client")) == people
    trail = AuditEntry.objects.filter(table_name="clients_client", object_id=double.pk, action="update")
    assert [(entry.new or {}).get("merged_into_id") for entry in trail.order_by("at")] == [kept.pk, None]


def test_lists_of_the_one_that_stays_show_both(cast: Cast, pair: tuple[Client, Client]) -> None:
    kept, double = pair
    merge_client(double, into=kept, at=timezone.now())
    browser, api = signed_in(cast.manager), make_api(cast.manager)
    people = browser.get(reverse("clients:client_people", args=[kept.pk])).content.decode()
    assert f"Person {double.pk}" in people
    assert f"Person {kept.pk}" in people
    listed = api.get(f"{V1}/contacts/?client={kept.pk}").json()["results"]
    assert {row["client"] for row in listed} == {kept.pk, double.pk}
    names = browser.get(reverse("clients:client_list") + "?search=Brandl").content.decode()
    assert f"/clients/{double.pk}/" not in names
    assert (
        reverse("clients:client_unmerge", args=[double.pk])
        in browser.get(reverse("clients:client_history", args=[kept.pk])).content.decode()
    )


def test_merging_by_the_api_answers_the_pointer_and_once(cast: Cast, pair: tuple[Client, Client]) -> None:
    kept, double = pair
    api, url = make_api(cast.manager), f"{V1}/clients/{double.pk}"
    assert api.post(f"{url}/merge/", {"into": kept.pk}).json()["merged_into"] == kept.pk
    again = api.post(f"{url}/merge/", {"into": kept.pk})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "already_done")
    assert api.post(f"{url}/unmerge/").json()["merged_into"] is None
    assert api.post(f"{url}/unmerge/").status_code == 409
    assert api.post(f"{url}/merge/", {"into": double.pk}).status_code == 400
    assert api.post(f"{url}/merge/", {"into": 999_999}).status_code == 400


def test_only_who_may_change_both_merges_them(cast: Cast, pair: tuple[Client, Client]) -> None:
    _kept, double = pair
    foreign = make_client(name="Foreign", account_manager=cast.partner)
    assert make_api(cast.manager).post(f"{V1}/clients/{double.pk}/merge/", {"into": foreign.pk}).status_code == 403
    assert make_api(cast.manager).post(f"{V1}/clients/{foreign.pk}/merge/", {"into": double.pk}).status_code == 403
    assert make_api(cast.finance).post(f"{V1}/clients/{double.pk}/merge/", {"into": foreign.pk}).status_code == 403
    assert Client.objects.exclude(merged_into=None).count() == 0


def test_chains_and_rings_are_refused(pair: tuple[Client, Client]) -> None:
    kept, double = pair
    third = make_client()
    merge_client(double, into=kept, at=timezone.now())
    for loser, into in ((kept, double), (third, double), (kept, third)):
        with pytest.raises(ValidationError) as refused:
            merge_client(loser, into=into, at=timezone.now())
        assert refused.value.code == "wrong_status"


def test_the_dialog_names_the_likely_double_and_merges(cast: Cast, pair: tuple[Client, Client]) -> None:
    kept, double = pair
    browser, address = signed_in(cast.manager), reverse("clients:client_merge", args=[double.pk])
    assert kept.name in browser.get(address).content.decode()
    assert browser.post(address, {"into": "nobody"}).status_code == 422
    assert browser.post(address, {"into": f"#{kept.pk}"}).status_code == 302
    double.refresh_from_db()
    assert double.merged_into_id == kept.pk
    card = browser.get(reverse("clients:client", args=[double.pk])).content.decode()
    assert f"merged into {kept.name}" in card
    assert browser.post(reverse("clients:client_unmerge", args=[double.pk])).status_code == 302
    double.refresh_from_db()
    assert double.merged_into_id is None


def test_extras_and_promises_of_both_count_together(cast: Cast, pair: tuple[Client, Client]) -> None:
    kept, double = pair
    now = timezone.now()
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    for client in (double, double, kept):
        make_promised(client, by=cast.manager, due=yesterday)
    gift = {"name": "Night shift", "given_on": timezone.localdate(), "given_by": cast.manager, "currency": "EUR"}
    for _n in range(2):
        give_extra(Extra(client=double, **gift), at=now)
    merge_client(double, into=kept, at=now)
    assert give_extra(Extra(client=kept, **gift), at=now).is_expected
    shown = board(cast.manager, Promise.objects.all(), at=now)
    assert [(each.name, each.rates.n) for each in shown.clients] == [(kept.name, 3)]
    assert make_api(cast.manager).get(f"{V1}/promises/rates/?client={kept.pk}").json()["n"] == 3


def client_filters() -> Iterator[tuple[str, Any]]:
    """Every filter of the API that names a client, with the view that it belongs to."""
    for kind in {route.view.cls for route in ROUTES.values() if route.is_api}:
        view = kind()
        for backend in getattr(kind, "filter_backends", ()):
            narrows = isinstance(backend, type) and issubclass(backend, DjangoFilterBackend)
            filterset = backend().get_filterset_class(view, getattr(kind, "queryset", None)) if narrows else None
            for name, found in filterset.base_filters.items() if filterset else ():
                if name == "client":
                    yield kind.__name__, found


def test_every_list_of_the_api_that_narrows_to_a_client_asks_for_those_merged_into_it() -> None:
    found = list(client_filters())
    assert len(found) > 30
    assert [name for name, narrowed in found if not isinstance(narrowed, VisibleChoice)] == []


@pytest.mark.parametrize("resource", ["discounts", "rates", "needs"])
def test_what_a_merged_client_had_is_found_under_the_one_that_stayed(
    cast: Cast, pair: tuple[Client, Client], resource: str
) -> None:
    kept, double = pair
    make_rate(client=double)
    make_need(double)
    Discount.objects.create(
        client=double, percent=Decimal(5), valid_from=date(2026, 1, 1), reason="Loyal", made_by=cast.partner
    )
    merge_client(double, into=kept, at=timezone.now())
    api = make_api(cast.partner)
    assert [row["client"] for row in api.get(f"{V1}/{resource}/?client={kept.pk}").json()["results"]] == [double.pk]
