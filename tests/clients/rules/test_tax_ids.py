"""Tax identifiers by their check digits."""

from clients.rules.tax_ids import compact, is_inn, is_kpp, is_vat_id, may_be_vat_id


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
