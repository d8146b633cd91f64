"""Statements of four formats read alike, garbled ones named; matching in its five steps."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rules.bank.matching import Ledger, Match, OpenItem, Step, find_sum, match_line
from billing.rules.bank.reading import read_statements
from billing.rules.bank.references import is_rf, named_numbers, rf_reference
from billing.rules.bank.statement import MOST_BYTES, Fault, Line, Statement, StatementError, adds_up
from tests.reference import FOLDER, read_reference

GOLDEN = read_reference("finance.json")
ONEC = ["kl_to_1c.txt", "kl_to_1c_dos.txt", "kl_to_1c_utf8.txt"]
SAMPLES = ["camt053.xml", "s.sta", *ONEC]
DAY = date(2026, 11, 1)


def sample(name: str) -> bytes:
    content: bytes = (FOLDER / "bank" / name).read_bytes()
    return content


def read_one(name: str) -> Statement:
    found = read_statements(sample(name))
    assert found is not None
    (statement,) = found
    return statement


def fault_of(content: bytes) -> Fault:
    with pytest.raises(StatementError) as caught:
        read_statements(content)
    return caught.value.fault


@pytest.mark.parametrize("name", ONEC)
def test_read_onec_reads_three_encodings_alike(name: str) -> None:
    statement = read_one(name)
    assert sums_of(statement) is GOLDEN["onec_client_bank"]["balanced"]
    for line, wanted in zip(statement.lines, GOLDEN["onec_client_bank"]["documents"], strict=True):
        assert str(line.amount) == wanted["Сумма"]
        assert line.is_credit is (wanted["direction"] == "in")
        assert line.booked_on == date.fromisoformat(wanted["booked"])
        assert line.purpose.replace("№", "N") == wanted["purpose"].replace("№", "N")
        number = line.bank_reference.split("/")[1]
        assert (number, line.bank_reference[:10]) == (wanted["Номер"], f"{date.fromisoformat(wanted['Дата']):%d.%m.%Y}")
    came, went = GOLDEN["onec_client_bank"]["documents"]
    assert (statement.lines[0].payer_tax_number, statement.lines[0].payer_name) == (
        came["ПлательщикИНН"],
        came["payer"],
    )
    # Of money that went out the other party is the bank, and we are the payer that the order names.
    assert statement.lines[1].payer_account != statement.account
    assert went["ПлательщикИНН"] not in ("", statement.lines[1].payer_tax_number)


def test_the_golden_file_has_the_encoding_of_the_reference() -> None:
    golden = GOLDEN["onec_client_bank"]
    name = golden["file"].rpartition("/")[2]
    assert "СекцияДокумент" in sample(name).decode(golden["encoding"])
    assert golden["documents"][1]["payer"] in sample(name).decode(golden["encoding"])


def sums_of(found: Statement) -> bool:
    return adds_up(found.opening, found.closing, came_in=found.credits, went_out=found.debits)


def test_a_cent_too_much_does_not_add_up() -> None:
    found = read_one("camt053.xml")
    cent = found.credits + Decimal("0.01")
    assert not adds_up(found.opening, found.closing, came_in=cent, went_out=found.debits)
    assert adds_up(None, found.closing, came_in=cent, went_out=found.debits)


def test_read_camt_reads_the_sample() -> None:
    statement = read_one("camt053.xml")
    (line,) = statement.lines
    assert (statement.opening, statement.closing, sums_of(statement)) == (Decimal(10000), Decimal(11500), True)
    assert (line.reference, line.payer_account) == ("RF18539007547034", "DE89370400440532013000")


def test_read_camt_takes_booked_entries_alone_and_sees_returns() -> None:
    pending = sample("camt053.xml").replace(b"<Cd>BOOK</Cd>", b"<Cd>PDNG</Cd>")
    found = read_statements(pending)
    assert found is not None
    assert list(found[0].lines) == []
    returned = sample("camt053.xml").replace(b"<Sts>", b"<RvslInd>true</RvslInd><Sts>")
    again = read_statements(returned)
    assert again is not None
    assert again[0].lines[0].is_reversal


def test_read_camt_refuses_definitions_of_its_own() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'
    assert fault_of(bomb) is Fault.DTD
    assert fault_of(bomb.decode().replace('version="1.0"', 'version="1.0" encoding="utf-16"').encode("utf-16")) in (
        Fault.DTD,
        Fault.UNREADABLE,
    )


@pytest.mark.parametrize(
    ("mark", "is_credit", "is_reversal"),
    [("C", True, False), ("D", False, False), ("RC", False, True), ("RD", True, True)],
)
def test_read_mt940_turns_the_side_of_what_the_bank_takes_back(mark: str, is_credit: bool, is_reversal: bool) -> None:
    """RC takes back what came in, so it went out; RD takes back what went out; the balances say the same."""
    closing = b"EUR11500," if is_credit else b"EUR8500,"
    content = sample("s.sta").replace(b"CR1500", mark.encode() + b"R1500").replace(b"EUR11500,", closing)
    found = read_statements(content)
    assert found is not None
    (line,) = found[0].lines
    assert (line.is_credit, line.is_reversal, line.amount) == (is_credit, is_reversal, Decimal(1500))
    assert sums_of(found[0])


def test_read_mt940_splits_account_and_name() -> None:
    (line,) = read_one("s.sta").lines
    assert (line.payer_name, line.payer_account) == ("Beispiel Handels AG", "DE02120300000000202051")
    assert line.purpose == "RE-2026-0001 RF18539007547034"
    assert line.booked_on == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.EMPTY),
        (b"x" * (MOST_BYTES + 1), Fault.TOO_LARGE),
        (sample("camt053.xml")[:700], Fault.UNREADABLE),
        (sample("kl_to_1c.txt")[:1500], Fault.CUT_OFF),
        (sample("s.sta")[:150], Fault.CUT_OFF),
        (sample("s.sta").replace(b"2611191119", b"2613191119"), Fault.NO_DAY),
    ],
)
def test_read_statements_names_the_fault(content: bytes, fault: Fault) -> None:
    assert fault_of(content) is fault


def test_a_fault_has_its_line() -> None:
    with pytest.raises(StatementError) as caught:
        read_statements(sample("kl_to_1c_utf8.txt").replace("Сумма=1500.50".encode(), "Сумма=15x".encode()))
    assert (caught.value.line, caught.value.text) == (50, "15x")


@given(name=st.sampled_from(SAMPLES), cut=st.integers(0, 3000), junk=st.binary(max_size=40), at=st.integers(0, 2600))
def test_garbled_files_are_answered_with_a_fault(name: str, cut: int, junk: bytes, at: int) -> None:
    content = sample(name)[:cut]
    with suppress(StatementError):
        assert read_statements(content[:at] + junk + content[at + len(junk) :]) != []


def test_references_are_told_from_others_as_in_the_golden_cases() -> None:
    assert [rf_reference(case["body"]) for case in GOLDEN["rf_reference"]["make"]] == [
        case["rf"] for case in GOLDEN["rf_reference"]["make"]
    ]
    assert all(is_rf(case["rf"]) for case in GOLDEN["rf_reference"]["make"])
    assert [is_rf(case["value"]) for case in GOLDEN["rf_reference"]["check"]] == [
        case["valid"] for case in GOLDEN["rf_reference"]["check"]
    ]


def item(pk: int = 1, number: str = "RE-2026-0001", amount: str = "1500.00", client: int = 7) -> OpenItem:
    return OpenItem(pk, number, client, "EUR", Decimal(amount), DAY)


def paid(amount: str = "1500.00", **kw: Any) -> Line:
    usual: dict[str, Any] = {"number": 1, "booked_on": DAY, "is_credit": True, "currency": "EUR"}
    return Line(**{**usual, "amount": Decimal(amount), **kw})


def matched(line: Line, *items: OpenItem, payers: dict[str, frozenset[int]] | None = None) -> Match | None:
    return match_line(line, Ledger.of(items, payers or {}))


KNOWN = {"DE89": frozenset({7})}


def test_step_1_takes_a_reference_whatever_the_amount() -> None:
    for amount, settled in (("1500.00", "1500.00"), ("400.00", "400.00"), ("1600.00", "1500.00")):
        found = matched(paid(amount, reference="RF40RE20260001"), item())
        assert found == Match(Step.REFERENCE, 7, ((1, Decimal(settled)),))
    spaced = matched(paid(purpose="rf40 re20 2600 01 thanks"), item())
    assert spaced is not None
    assert spaced.step is Step.REFERENCE
    assert matched(paid(reference="RF41RE20260001"), item()) is None


@pytest.mark.parametrize("text", ["RE-2026-0001", "Rechnung re 2026 0001, danke", "RE/2026/0001", "RE20260001"])
def test_step_2_takes_our_number_with_the_whole_amount(text: str) -> None:
    assert matched(paid(purpose=text), item()) == Match(Step.NUMBER, 7, ((1, Decimal("1500.00")),))


def test_step_2_wants_whole_words() -> None:
    assert matched(paid(purpose="RE-2026-00012"), item()) is None
    assert matched(paid(purpose="XX-2026-0001"), item(number="2026-0001")) is None
    assert "20260001" not in named_numbers("RE-2026-0001")


def test_step_2_takes_a_short_number_with_its_day_alone() -> None:
    short = item(number="118")
    found = matched(paid(purpose="Оплата по счёту № 118 от 01.11.2026, НДС 22%"), short)
    assert found == Match(Step.NUMBER, 7, ((1, Decimal("1500.00")),))
    assert matched(paid(purpose="Оплата по счету 118 от 02.11.2026"), short) is None
    assert matched(paid(purpose="118"), short) is None


def test_step_3_takes_the_only_invoice_of_that_amount() -> None:
    line = paid(payer_account="DE89")
    found = matched(line, item(), item(2, "RE-2026-0002", "99.00"), payers=KNOWN)
    assert found == Match(Step.PAYER, 7, ((1, Decimal("1500.00")),))
    two = matched(line, item(), item(2, "RE-2026-0002"), payers=KNOWN)
    assert two is not None
    assert not two.posts
    assert matched(line, item(), payers={"DE89": frozenset({7, 8})}) is None


def test_step_4_suggests_sums_parts_and_a_cent() -> None:
    two = (item(amount="1000.00"), item(2, "RE-2026-0002", "500.00"))
    summed = matched(paid(payer_account="DE89"), *two, payers=KNOWN)
    assert summed == Match(Step.SUGGESTION, 7, ((1, Decimal("1000.00")), (2, Decimal("500.00"))))
    part = matched(paid("400.00", purpose="RE-2026-0001"), item())
    assert part == Match(Step.SUGGESTION, 7, ((1, Decimal("400.00")),))
    cent = matched(paid("1499.99", payer_account="DE89"), item(), payers=KNOWN)
    assert cent == Match(Step.SUGGESTION, 7, ((1, Decimal("1499.99")),))


def test_step_5_is_credit_of_the_payer() -> None:
    assert matched(paid("7.00", payer_account="DE89"), item(), payers=KNOWN) == Match(Step.CREDIT, 7)
    assert matched(paid("7.00"), item()) is None


def test_currency_and_direction_must_fit() -> None:
    assert matched(paid(reference="RF40RE20260001", currency="USD"), item()) is None
    assert matched(paid(reference="RF40RE20260001", is_credit=False), item()) is None
    assert matched(paid(reference="RF40RE20260001", is_reversal=True), item()) is None


amounts = st.decimals("0.01", "5000.00", places=2)


@given(
    owed=st.lists(amounts, min_size=1, max_size=14), came=amounts, text=st.sampled_from(["", "RE-1-0", "RE-1-3 RE-1-1"])
)
def test_matching_never_settles_more_than_is_open_or_was_paid(owed: list[Decimal], came: Decimal, text: str) -> None:
    items = [OpenItem(pk, f"RE-1-{pk}", 7, "EUR", amount, DAY) for pk, amount in enumerate(owed)]
    ledger = Ledger.of(items, KNOWN)
    for _turn in range(3):
        before = {pk: row.open_amount for pk, row in ledger.items.items()}
        found = match_line(paid(str(came), payer_account="DE89", purpose=text), ledger)
        assert found is not None
        assert sum(amount for _pk, amount in found.settles) <= came
        assert all(0 < amount <= before[pk] for pk, amount in found.settles)
        ledger.settle(found.settles, on=DAY)


@given(owed=st.lists(amounts, max_size=12), total=amounts)
def test_find_sum_is_exact(owed: list[Decimal], total: Decimal) -> None:
    places = find_sum(owed, total)
    assert not places or sum(owed[place] for place in places) == total
    assert len(set(places)) == len(places)


COLLECTIVE = (FOLDER / "bank" / "camt053.xml").read_bytes()


def collective(*amounts: str) -> bytes:
    """The sample's booking as one of several payments."""
    start, end = COLLECTIVE.index(b"<TxDtls>"), COLLECTIVE.index(b"</TxDtls>") + len(b"</TxDtls>")
    one = COLLECTIVE[start:end]
    told = [one.replace(b"<TxDtls>", f'<TxDtls><Amt Ccy="EUR">{amount}</Amt>'.encode()) for amount in amounts]
    return COLLECTIVE[:start] + b"".join(told) + COLLECTIVE[end:]


def test_each_payment_of_a_collective_booking_is_an_entry_of_its_own() -> None:
    (statement,) = read_statements(collective("1000.00", "500.00")) or []
    assert [str(line.amount) for line in statement.lines] == ["1000.00", "500.00"]
    assert sums_of(statement)


@pytest.mark.parametrize("amounts", [("1000.00", "400.00"), ("1500.00",)])
def test_a_booking_whose_parts_do_not_add_up_stays_one(amounts: tuple[str, ...]) -> None:
    (statement,) = read_statements(collective(*amounts)) or []
    assert [str(line.amount) for line in statement.lines] == ["1500.00"]
