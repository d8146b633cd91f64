"""billing.rules.payment_codes: what a banking app reads, as the two standards have it."""

from decimal import Decimal

import pytest

from billing.rules.payment_codes import epc_payload, st00012_payload


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
