"""A sole trader in Russia has an INN of twelve digits and no KPP."""

import pytest

from clients.models.firm import check_tax_ids


@pytest.mark.parametrize(
    ("country", "tax_number", "kpp", "fields"),
    [
        ("RU", "500100732259", "770801001", ["registration_reason"]),
        ("RU", "500100732259", "", []),
        ("RU", "7707083893", "770801001", []),
        ("RU", "7707083893", "77", ["registration_reason"]),
    ],
)
def test_a_kpp_stands_beside_the_inn_of_a_company_alone(
    country: str, tax_number: str, kpp: str, fields: list[str]
) -> None:
    assert [*check_tax_ids(country, "", tax_number, kpp)] == fields
