"""Identifiers and e-invoices of clients and own companies through the API."""

import pytest

from clients.models import Client
from tests.clients.test_api import V1, codes
from tests.make import Cast, browser_of, make_api, make_seller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ({}, "none"),
        ({"country": "DE", "e_invoice": "zugferd"}, "zugferd"),
        ({"country": "AT", "e_invoice": "xrechnung"}, "xrechnung"),
    ],
)
def test_a_program_says_itself_what_a_new_client_takes(cast: Cast, body: dict[str, str], taken: str) -> None:
    """What people enter in a form defaults to e-invoices in Germany; a program that knows no checks goes on issuing."""
    made = make_api(cast.partner).post(f"{V1}/clients/", {"name": "Alfa", **body})
    assert (made.status_code, made.json()["e_invoice"]) == (201, taken)


def test_an_own_company_has_an_ogrn_with_its_check_digit(cast: Cast) -> None:
    url = f"{V1}/sellers/{make_seller('RU').pk}/"
    refused = make_api(cast.partner).patch(url, {"register_entry": "ОГРН 1027700132196"})
    assert (refused.status_code, codes(refused)) == (400, {("ogrn", "register_entry")})
    assert make_api(cast.partner).patch(url, {"register_entry": "ОГРН 1027700132195"}).status_code == 200


def test_a_partner_alone_makes_a_client_vip(cast: Cast) -> None:
    body = {"name": "Neu GmbH", "country": "DE", "tier": "vip", "account_manager": cast.manager.pk}
    assert make_api(cast.manager).post("/api/v1/clients/", body).status_code == 403
    assert not Client.objects.filter(name="Neu GmbH").exists()
    made = make_api(cast.partner).post("/api/v1/clients/", body)
    assert (made.status_code, made.json()["tier"]) == (201, "vip")
    forms = [browser_of(user).get("/clients/new/").context["form"] for user in (cast.manager, cast.partner)]
    assert ["vip" in dict(form["tier"].field.choices) for form in forms] == [False, True]
