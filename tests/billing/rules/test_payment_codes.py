"""billing.rules.payment_codes: what a banking app reads, as the two standards have it."""

from decimal import Decimal
from typing import Any

import pytest

from billing.rules.payment_codes import epc_payload, st00012_payload
from tests.reference import read_reference

GOLDEN = read_reference("finance.json")


@pytest.mark.parametrize("case", GOLDEN["epc_qr"], ids=lambda case: case["in"]["name"])
def test_an_epc_code_is_that_of_the_reference(case: Any) -> None:
    asked = dict(case["in"])
    made = epc_payload(amount=Decimal(asked.pop("amount")), reference=asked.pop("ref", ""), **asked)
    assert made == case["payload"]


@pytest.mark.parametrize("case", GOLDEN["st00012"], ids=lambda case: case["sum_rub"])
def test_a_russian_code_is_that_of_the_reference(case: Any) -> None:
    said = dict(part.split("=", 1) for part in case["payload"].split("|")[1:])
    made = st00012_payload(
        name=said["Name"],
        account=said["PersonalAcc"],
        bank=said["BankName"],
        bik=said["BIC"],
        correspondent=said["CorrespAcc"],
        amount=Decimal(case["sum_rub"]),
        purpose=said["Purpose"],
        tax_number=said["PayeeINN"],
        registration_reason=said.get("KPP", ""),
    )
    assert made == case["payload"]


def test_a_russian_code_without_a_correspondent_account_says_zero_and_cuts_what_is_too_long() -> None:
    made = st00012_payload(
        name="Н" * 200,
        account="40702810938000060473",
        bank="Б" * 60,
        bik="044525225",
        correspondent="",
        amount=Decimal("1.00"),
        purpose="О" * 300,
        tax_number="7707083893",
    )
    said = dict(part.split("=", 1) for part in made.split("|")[1:])
    assert said["CorrespAcc"] == "0"
    assert [len(said[name]) for name in ("Name", "BankName", "Purpose")] == [160, 45, 210]


def test_an_epc_code_has_its_eleven_lines() -> None:
    code = epc_payload(
        name="Meridian Consulting GmbH",
        iban="DE02 1203 0000 0000 2020 51",
        amount=Decimal("300.00"),
        text="RE-2026-0001",
    )
    assert code.split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "",
        "Meridian Consulting GmbH",
        "DE02120300000000202051",
        "EUR300.00",
        "",
        "",
        "RE-2026-0001",
    ]


@pytest.mark.parametrize("amount", ["0.00", "1000000000.00"])
def test_what_no_transfer_carries_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no SEPA transfer"):
        epc_payload(name="A", iban="DE02120300000000202051", amount=Decimal(amount), text="x")


def test_a_russian_code_counts_kopecks_and_keeps_the_separator_out_of_values() -> None:
    code = st00012_payload(
        name="ООО «Мост | Аудит»",
        account="40702810938000060473",
        bank="ПАО Сбербанк",
        bik="044525225",
        correspondent="30101810400000000225",
        amount=Decimal("80000.50"),
        purpose="Оплата по счёту 17",
        tax_number="7707083893",
    )
    assert code == (
        "ST00012|Name=ООО «Мост / Аудит»|PersonalAcc=40702810938000060473|BankName=ПАО Сбербанк|BIC=044525225"
        "|CorrespAcc=30101810400000000225|Sum=8000050|Purpose=Оплата по счёту 17|PayeeINN=7707083893"
    )
