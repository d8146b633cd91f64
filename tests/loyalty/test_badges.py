"""The badge and its band: written with the value, hidden everywhere at once when the partner hides them."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Client, ClientFigure
from clients.services.facts import add_member, write_figures
from loyalty.models import LoyaltyPolicy
from loyalty.services.badges import refresh_badges, save_policy
from loyalty.services.values import refresh_values
from tests.clients.pages import signed_in
from tests.make import Cast, make_api, make_buyer, make_client, make_value
from tests.statements import counted

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 26)
BAND = "10\u202f000 to 50\u202f000"
PLACES = ("client_list", "card", "search", "export", "api", "api_value", "value_panel", "value_badge", "value_typical")


@pytest.fixture
def served(cast: Cast) -> Client:
    """A client worth 12 300.50 for whom the consultant works."""
    make_buyer("820.03 820.03 820.03", name="Typical", tier="c")
    refresh_values(on=timezone.localdate())
    client = make_value(make_client(name="Isar Logistik", tier="c"), "12300.50")
    add_member(client, user=cast.consultant, on=date(2026, 1, 1))
    return client


def set_policy(**changed: object) -> None:
    policy = LoyaltyPolicy.load()
    for name, value in changed.items():
        setattr(policy, name, value)
    save_policy(policy, on=ON)


def address_of(place: str, client: Client) -> str:
    return {
        "client_list": reverse("clients:client_list"),
        "card": reverse("clients:client", args=[client.pk]),
        "search": reverse("search") + "?q=Isar",
        "export": reverse("clients:client_export") + "?format=csv",
        "api": f"/api/v1/clients/{client.pk}/",
        "api_value": f"/api/v1/clients/{client.pk}/value/",
        "value_panel": reverse("loyalty:value_panel", args=[client.pk]),
        "value_badge": reverse("loyalty:value_badge", args=[client.pk]),
        "value_typical": reverse("loyalty:value_typical"),
    }[place]


def said_at(place: str, client: Client, cast: Cast) -> str:
    answer = signed_in(cast.consultant).get(address_of(place, client))
    assert answer.status_code == 200
    content = b"".join(getattr(answer, "streaming_content", ())) if answer.streaming else answer.content
    return str(content.decode("utf-8-sig"))


def tells_a_band(text: str) -> bool:
    return any(words in text for words in (BAND, "under 10", "over 10", "10000.00", "10000,00"))


@pytest.mark.parametrize("place", PLACES)
def test_a_consultant_reads_the_policy_s_band_and_no_amount(cast: Cast, served: Client, place: str) -> None:
    text = said_at(place, served, cast)
    assert tells_a_band(text)
    assert not any(amount in text for amount in ("12300", "12\u202f300", "12.3", "12300,50"))


@pytest.mark.parametrize("place", PLACES)
def test_a_partner_s_switch_hides_the_band_at_once(cast: Cast, served: Client, place: str) -> None:
    set_policy(consultants_see_bands=False)
    assert not tells_a_band(said_at(place, served, cast))


@pytest.mark.parametrize("role", ["partner", "finance", "manager"])
def test_who_sees_amounts_sees_them_whatever_the_switch(cast: Cast, served: Client, role: str) -> None:
    Client.objects.filter(pk=served.pk).update(account_manager=cast.manager)
    set_policy(consultants_see_bands=False)
    figures = make_api(getattr(cast, role)).get(f"/api/v1/clients/{served.pk}/").json()["figures"]
    assert (figures["badge_value"], figures["value_band"]) == ("12300.50", None)


def test_sorting_by_value_follows_the_bands_and_betrays_nothing_without_them(cast: Cast) -> None:
    for name, amount in (("Low", "60.00"), ("High", "90000.00"), ("Middle", "49999.00"), ("Close", "10001.00")):
        add_member(make_value(make_client(name=name), amount), user=cast.consultant, on=ON)

    def names(query: str) -> list[str]:
        return [row["name"] for row in make_api(cast.consultant).get(f"/api/v1/clients/?{query}").json()["results"]]

    assert names("ordering=-value") == ["High", "Close", "Middle", "Low"]  # one band of two stands by name
    assert names("value_min=1") == []
    set_policy(consultants_see_bands=False)
    assert names("ordering=-value") == names("ordering=value") == ["Close", "High", "Low", "Middle"]


def test_new_bounds_hold_at_once(cast: Cast, served: Client) -> None:
    set_policy(value_bands=[Decimal(12_000), Decimal(13_000)])
    figures = make_api(cast.consultant).get(f"/api/v1/clients/{served.pk}/").json()["figures"]
    assert figures["value_band"] == ["12000.00", "13000.00"]
    set_policy(value_bands=[Decimal(12_000)])
    figures = make_api(cast.consultant).get(f"/api/v1/clients/{served.pk}/").json()["figures"]
    assert figures["value_band"] == ["12000.00", None]


def test_the_badge_shows_the_value_to_come_where_settings_choose_it() -> None:
    client, unknown = make_value(make_client(), "12300.50"), make_value(make_client(), "500.00")
    write_figures("value", {client.pk: {"residual_value": Decimal("777.00")}}, as_of=timezone.localdate())
    set_policy(badge=LoyaltyPolicy.Badge.RESIDUAL)
    badges = dict(ClientFigure.objects.values_list("client", "badge_value"))
    assert (badges[client.pk], badges[unknown.pk]) == (Decimal("777.00"), Decimal("500.00"))


def test_a_new_client_is_worth_at_once_what_its_segment_is(cast: Cast) -> None:
    make_buyer("100.00 100.00 100.00", tier="a")
    make_buyer("10.00 10.00 10.00", tier="c")
    refresh_values(on=timezone.localdate())
    made = make_api(cast.partner).post("/api/v1/clients/", {"name": "Brand New AG", "tier": "a", "country": "DE"})
    assert made.status_code == 201
    assert made.json()["figures"]["badge_value"] == "750.00"  # 300 in 24 months are 150 a year, for 5 years
    page = signed_in(cast.partner).get(reverse("clients:client", args=[made.json()["id"]])).content.decode()
    assert "Typical new client" in page
    listed = signed_in(cast.partner).get(reverse("clients:client_list") + "?search=Brand").content.decode()
    assert "750" in listed


def test_a_new_client_of_an_empty_firm_has_no_value_and_no_error() -> None:
    assert not ClientFigure.objects.filter(client=make_client()).exclude(badge_value=None).exists()


def test_more_clients_need_no_more_statements_for_badges() -> None:
    policy = LoyaltyPolicy.load()
    make_value(make_client(), "10.00")
    with counted() as few:
        refresh_badges(policy, on=ON)
    for _more in range(3):
        make_value(make_client(), "20.00")
    with counted() as many:
        refresh_badges(policy, on=ON)
    assert len(many) == len(few)
