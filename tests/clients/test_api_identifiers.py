"""Identifiers and e-invoices of clients and own companies through the API."""

import pytest

from tests.clients.test_api import V1, codes
from tests.make import Cast, make_api, make_seller

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
