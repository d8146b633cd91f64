"""Tax identifiers by their check digits."""

import pytest

from clients.rules.tax_ids import (
    compact,
    is_german_tax_number,
    is_inn,
    is_kpp,
    is_vat_id,
    may_be_leitweg_id,
    may_be_vat_id,
    wrong_ogrn,
)


def test_tax_identifiers_are_checked_by_their_digits() -> None:
    assert is_vat_id("DE 136 695 976")
    assert not is_vat_id("DE136695977")
    assert is_inn("7707083893")
    assert not is_inn("7707083894")
    assert is_kpp("773601001")
    assert not is_kpp("77360100")
    assert compact("de 136-695.976") == "DE136695976"


def test_vat_ids_of_the_union_alone_are_checked() -> None:
    assert may_be_vat_id("DE 136 695 976")
    assert may_be_vat_id("CHE116281710")
    assert may_be_vat_id("CHE-116.281.710 MWST")
    assert not may_be_vat_id("DE136695977")
    assert not may_be_vat_id("EL1")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("143/815/08155", True),
        ("2181508150", True),
        ("9143081508155", True),
        ("143/815/0815", True),  # ten digits are the form of other states
        ("143/815", False),
        ("DE129273398", False),
        ("9999999999999", False),
    ],
)
def test_german_tax_numbers_have_the_form_of_a_state(value: str, *, wanted: bool) -> None:
    assert is_german_tax_number(value) is wanted


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("04011000-12345-03", True),
        ("04011000-12345-04", False),
        ("991-03730-19", True),
        ("991-03730-20", False),
        ("PO-4711", True),
        ("2026-0042-17", True),  # no land begins with 20
        ("", True),
    ],
)
def test_only_what_is_written_like_a_leitweg_id_is_checked(value: str, *, wanted: bool) -> None:
    assert may_be_leitweg_id(value) is wanted


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ("ОГРН 1027700132195, ИНН 7707083893", ""),
        ("ОГРН: 1027700132196", "1027700132196"),
        ("ОГРН 102770013219", "102770013219"),
        ("ЕГРИП, ОГРНИП 304500116000157 от 01.02.2004", ""),
        ("304500116000158", "304500116000158"),
        ("Амт 12", ""),
    ],
)
def test_the_ogrn_is_found_in_a_register_entry(entry: str, wrong: str) -> None:
    assert wrong_ogrn(entry) == wrong
