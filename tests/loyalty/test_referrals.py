"""Image clients: their value includes what the clients that they referred have brought since."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from clients.models import Client, ClientFigure, KeyClientDesignation, Referral
from clients.services.facts import write_figures
from clients.services.referrals import save_referral
from loyalty.models import LoyaltyPolicy
from loyalty.services.badges import refresh_badges
from loyalty.services.referrals import refresh_referrals
from loyalty.services.values import refresh_values
from tests.make import Cast, make_api, make_client, make_contact, make_revenue, make_work_cost

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)


def magnet(kind: str = "image") -> Client:
    client = make_client()
    KeyClientDesignation.objects.create(client=client, type=kind, reason="Known to all", since_on=date(2020, 1, 1))
    return client


def sent(by: Client, *, on: date = date(2026, 5, 1)) -> Client:
    """A client with 1 000 before the referral, 7 000 after it and 2 000 of cost to serve since."""
    client = make_client()
    make_revenue(client, "1000.00", on=date(2026, 4, 30))
    make_revenue(client, "7000.00", on=date(2026, 5, 1))
    make_work_cost(client, "2000.00", month=date(2026, 6, 1))
    save_referral(Referral(contact=make_contact(by), client=client, referred_on=on), on=ON)
    return client


def badge_of(client: Client) -> Decimal | None:
    worth: Decimal | None = ClientFigure.objects.get(client=client).badge_value
    return worth


def test_revenue_counts_from_the_day_of_the_referral_also_of_a_merged_client() -> None:
    client = sent(magnet())
    twin = make_client(merged_into=client)
    make_revenue(twin, "500.00", on=date(2026, 7, 1))
    refresh_referrals(on=ON)
    row = Referral.objects.get()
    assert (row.revenue_since, row.margin_since, row.revenue_as_of_on) == (Decimal(7500), Decimal(5500), ON)


def test_an_image_client_that_buys_nothing_is_worth_what_it_brought_and_says_so(cast: Cast) -> None:
    client, other = magnet(), magnet("tester")
    sent(client)
    sent(other)
    refresh_values(on=ON)
    own = ClientFigure.objects.get(client=client)
    assert badge_of(client) == (own.simple_value or 0) + 5000
    assert badge_of(other) == ClientFigure.objects.get(client=other).simple_value
    api = make_api(cast.partner)
    found = api.get(f"/api/v1/clients/{client.pk}/value/").json()["referred"]
    assert found == {"clients": 1, "revenue": "7000.00", "margin": "5000.00"}
    assert api.get(f"/api/v1/clients/{other.pk}/value/").json()["referred"] is None


def test_beside_the_value_to_come_stands_the_margin() -> None:
    client = magnet()
    sent(client)
    write_figures(
        "value", {client.pk: {"simple_value": Decimal(10), "residual_value": Decimal(300)}}, as_of=timezone.localdate()
    )
    policy = LoyaltyPolicy.load()
    policy.badge = LoyaltyPolicy.Badge.RESIDUAL
    refresh_badges(policy, on=timezone.localdate())
    assert badge_of(client) == Decimal(5300)


def test_a_referral_counts_at_once() -> None:
    client = magnet()
    sent(client)
    assert Referral.objects.get().revenue_since == Decimal(7000)
    assert badge_of(client) == Decimal(5000)
