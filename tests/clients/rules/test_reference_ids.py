"""Identifiers of the finance reference: what exists is taken, what has a wrong digit is not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from clients.rules.bank_ids import is_bik, is_iban, is_russian_account
from clients.rules.tax_ids import is_inn, is_kpp, is_leitweg_id, is_ogrn, is_vat_id
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")
KINDS: dict[str, Callable[[str], bool]] = {
    "inn": is_inn,
    "ogrn": is_ogrn,
    "kpp": is_kpp,
    "bik": is_bik,
    "iban": is_iban,
    "eu_vat_id": is_vat_id,
    "leitweg_id": is_leitweg_id,
}
BY_RULE = {"0000000000"}  # passes the sum and is refused all the same


def cases() -> Iterator[Any]:
    for kind, check in KINDS.items():
        for case in GOLDEN[kind]:
            wanted = case["valid"] and case["value"] not in BY_RULE
            yield pytest.param(check, case["value"], wanted, id=f"{kind} {case['value']}")


@pytest.mark.parametrize(("check", "value", "wanted"), list(cases()))
def test_an_identifier_is_judged_as_in_the_reference(check: Callable[[str], bool], value: str, *, wanted: bool) -> None:
    assert check(value) is wanted


@pytest.mark.parametrize("case", GOLDEN["ru_account"], ids=lambda case: case["account"])
def test_a_russian_account_carries_the_key_of_its_bank(case: Any) -> None:
    assert is_russian_account(case["account"], bik=case["bik"]) is case["valid"]
