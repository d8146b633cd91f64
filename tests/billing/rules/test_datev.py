"""billing.rules.datev and its checker: the golden file is written again byte by byte, and every fault is named."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from billing.rules.datev import (
    Booking,
    Case,
    Debtor,
    Header,
    case_of,
    document_number,
    fiscal_year_start,
    write_bookings,
    write_debtors,
)
from billing.rules.datev_check import fields_of, find_faults
from billing.rules.datev_columns import BOOKING_COLUMNS, DEBTOR_COLUMNS
from tests.reference import FOLDER, read_reference

GOLDEN = read_reference("finance.json")["datev"]
NOVEMBER = date(2026, 11, 20)
HEADER = Header(
    adviser_number=29098,
    client_number=55003,
    year_start=date(2026, 1, 1),
    account_length=4,
    chart="03",
    created_at=datetime(2026, 11, 22, 10, 0, 0, 123000, tzinfo=UTC),
    name="CRM Rechnungen 2026-11",
    initials="CR",
    first=date(2026, 11, 1),
    last=date(2026, 11, 30),
)


def booked(**changes: object) -> Booking:
    fields = {
        "amount": Decimal("1500.00"),
        "side": "S",
        "debtor": 10000,
        "account": "8400",
        "dated_on": NOVEMBER,
        "number": "RE-2026-0001",
        "text": "Beispiel Handels AG Beratung 10 Std.",
    }
    return Booking(**{**fields, **changes})  # type: ignore[arg-type]


GOLDEN_BOOKINGS = [
    booked(due_on=date(2026, 12, 4), supplied_on=date(2026, 11, 19)),
    booked(amount=Decimal("952.00"), number="RE-2026-0002", text="Beratungspauschale November 2026"),
    booked(amount=Decimal("300.00"), side="H", second_number="GS-2026-0001", text="GS-2026-0001 Kulanz 2 Std."),
    booked(amount=Decimal("7500.00"), account="1718", number="RE-2026-0004", text="Anzahlung Kontingent 50 h"),
    booked(
        amount=Decimal("1260.50"),
        debtor=10001,
        account="8336",
        number="RE-2026-0006",
        text="Reverse Charge AT",
        vat_id="ATU13585627",
    ),
    booked(dated_on=date(2026, 11, 21), text="Storno ST-2026-0001", is_reversal=True),
]


def test_the_columns_are_those_of_the_format() -> None:
    assert list(BOOKING_COLUMNS) == GOLDEN["columns_list"]
    assert len(DEBTOR_COLUMNS) == len(set(DEBTOR_COLUMNS)) == 254


def test_the_golden_file_is_written_again() -> None:
    """But for the name of the program that exports."""
    written = write_bookings(HEADER, GOLDEN_BOOKINGS).decode("cp1252").split("\r\n")
    golden = [line.replace('"Consult CRM"', '"Anchor"') for line in GOLDEN["lines"]]
    assert written[1:] == [*golden[1:], ""]
    assert fields_of(written[0])[6:] == fields_of(golden[0])[6:]
    assert fields_of(written[0])[:5] == fields_of(golden[0])[:5]


def test_the_checker_takes_the_golden_file() -> None:
    content = "".join(f"{line}\r\n" for line in GOLDEN["lines"]).encode("cp1252")
    assert find_faults(content) == []


def sample(name: str) -> bytes:
    content: bytes = (FOLDER / "bank" / name).read_bytes()
    return content


def test_the_golden_lines_are_those_of_the_sample_file() -> None:
    content = sample("EXTF_Buchungsstapel_202611.csv")
    lines = content.decode(GOLDEN["encoding"]).split("\r\n")
    assert ("CRLF", lines) == (GOLDEN["eol"], [*GOLDEN["lines"], ""])
    assert (len(fields_of(lines[0])), len(fields_of(lines[1]))) == (GOLDEN["header_fields"], GOLDEN["columns"])
    assert find_faults(content) == []


def test_the_checker_refuses_the_bad_sample_and_names_its_faults() -> None:
    faults = find_faults(sample("EXTF_bad.csv"))
    for told in ("Umsatz", "outside of the period"):
        assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1500,00", "1500.00", "line 3, Umsatz"),
        (";2011;", ";3112;", "outside of the period"),
        (";10000;", ";1000;", "do not fit the length"),
        ('"RE-2026-0001"', '"RE 2026 0001"', "Belegfeld 1"),
        ('"S";', "S;", "Soll/Haben-Kennzeichen"),
        ("1500,00", "0,00", "an amount of 0,00"),
        (";19112026;19112026;", ";19112026;;", "belong together"),
        ("20261101;20261130", "20261201;20270131", "fiscal year"),
        ("29098", "7", "line 1, field 11"),
        ("Umsatz (ohne", "Umsatz (mit", "names of the columns"),
        ("\r\n", "\n", "CR LF"),
        ('"EUR";;;"";10000', '"EUR";;"";10000', "fields instead of 125"),
    ],
)
def test_the_checker_names_each_fault(old: str, new: str, told: str) -> None:
    content = write_bookings(HEADER, GOLDEN_BOOKINGS)
    faults = find_faults(content.replace(old.encode(), new.encode(), 1 if old != "\r\n" else -1))
    assert any(told in fault for fault in faults), faults


def test_the_checker_refuses_another_encoding() -> None:
    assert find_faults(b"\x81\x8d") == ["the file is not Windows-1252"]


def test_names_outside_of_the_encoding_are_transliterated_and_cut() -> None:
    text = 'ООО «Меридиан Аудит» Łódź "Щука" ' + "x" * 60
    line = write_bookings(HEADER, [booked(text=text)]).decode("cp1252").split("\r\n")[2]
    said = fields_of(line)[13]
    assert said.startswith('"OOO «Meridian Audit» Lódz ""Shchuka"" xxx')
    assert "?" not in said
    assert find_faults(write_bookings(HEADER, [booked(text=text)])) == []


def test_a_number_keeps_to_the_characters_of_the_field() -> None:
    assert document_number("RE 2026/0001Ä", 36) == "RE-2026/0001-"
    assert document_number("RE-2026-000001", 12) == ""


def test_debtors_are_written_and_taken() -> None:
    header = replace(HEADER, first=None, last=None, name="")
    debtor = Debtor(
        account=10000,
        name="Müller & Söhne",
        street="Hauptstraße 1",
        postcode="10115",
        city="Berlin",
        country="DE",
        vat_id="DE129273398",
        email="rechnung@mueller.example",
        client_number="17",
        due_days=14,
    )
    content = write_debtors(header, [debtor])
    assert find_faults(content) == []
    fields = fields_of(content.decode("cp1252").split("\r\n")[2])
    told = dict(zip(DEBTOR_COLUMNS, fields, strict=True))
    assert (told["Konto"], told["EU-Land"], told["EU-UStID"]) == ("10000", '"DE"', '"129273398"')
    assert (told["Kunden-/Lief.-Nr."], told["Fälligkeit in Tagen (Debitor)"]) == ('"17"', "14")


@pytest.mark.parametrize(
    ("line", "case"),
    [
        ({"category": "S", "percent": Decimal(19)}, Case.STANDARD),
        ({"category": "S", "percent": Decimal(16)}, Case.STANDARD),
        ({"category": "S", "percent": Decimal(7)}, Case.REDUCED),
        ({"category": "AE", "percent": Decimal(0)}, Case.REVERSE_CHARGE),
        ({"category": "O", "percent": Decimal(0)}, Case.THIRD_COUNTRY),
        ({"category": "E", "percent": Decimal(0), "is_advance": True}, Case.EXEMPT),
        ({"category": "S", "percent": Decimal(19), "is_advance": True}, Case.ADVANCE),
        ({"category": "S", "percent": Decimal(19), "is_package": True}, Case.PACKAGE),
    ],
)
def test_the_case_of_a_line(line: dict[str, object], case: Case) -> None:
    assert case_of(**line) is case  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("day", "month", "start"),
    [
        (NOVEMBER, 1, date(2026, 1, 1)),
        (NOVEMBER, 7, date(2026, 7, 1)),
        (date(2026, 6, 30), 7, date(2025, 7, 1)),
    ],
)
def test_the_fiscal_year_of_a_day(day: date, month: int, start: date) -> None:
    assert fiscal_year_start(day, month=month) == start
