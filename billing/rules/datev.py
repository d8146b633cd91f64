"""DATEV's EXTF files: a batch of bookings (Buchungsstapel, 700/21/13) and the debtors it speaks of (700/16/5).

Written after developer.datev.de (dtvf/formate/header, dtvf/formate/buchungsstapel); billing.rules.datev_check judges
every file once more. Amounts are positive, the side says the rest; lines end in CR LF; the text is Windows-1252.
"""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.rules.datev_columns import BOOKING_COLUMNS, BOOKING_TEXTS, DEBTOR_COLUMNS, DEBTOR_TEXTS
from billing.rules.plain_text import to_cp1252

EXPORTED_BY = "Anchor"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NO_NUMBER = re.compile(r"[^A-Za-z0-9$&%*+\-/]")


class Case(StrEnum):
    """Why an amount goes to which account of the own company's chart."""

    STANDARD = "standard"
    REDUCED = "reduced"
    REVERSE_CHARGE = "reverse_charge"
    THIRD_COUNTRY = "third_country"
    EXEMPT = "exempt"
    ADVANCE = "advance"
    ADVANCE_REDUCED = "advance_reduced"
    PACKAGE = "package"
    DRAWN = "drawn"
    DISCOUNT_STANDARD = "discount_standard"
    DISCOUNT_REDUCED = "discount_reduced"
    DISCOUNT_REVERSE = "discount_reverse"
    DISCOUNT_UNTAXED = "discount_untaxed"
    ZERO = "zero"
    VOUCHER = "voucher"


SALES_03 = ("8400", "8300", "8336", "8338", "8195", "1718", "1711", "1718", "8400")
SALES_04 = ("4400", "4300", "4336", "4338", "4185", "3272", "3260", "3272", "4400")
NO_AUTOMATIC = "40"  # lifts the automatic VAT of both accounts of a booking
# Drawn hours are revenue whose VAT was booked with the sale: on an automatic account it would be booked once more.
USUAL_KEYS: Mapping[Case, str] = {Case.DRAWN: NO_AUTOMATIC}
# What SKR 03 and SKR 04 propose; the accounts of a company are its own settings, to be confirmed by its adviser.
USUAL_ACCOUNTS: Mapping[str, Mapping[Case, str]] = {
    "03": dict(zip(Case, (*SALES_03, "8736", "8731", "8742", "8730", "8290", "1710"), strict=True)),
    "04": dict(zip(Case, (*SALES_04, "4736", "4731", "4742", "4730", "4290", "3250"), strict=True)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Line 1. `first` and `last` lie in the fiscal year that begins on `year_start`; a file of debtors has neither."""

    adviser_number: int
    client_number: int
    year_start: date
    account_length: int
    chart: str
    created_at: datetime
    name: str = ""
    initials: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One line: gross on a debtor against an account. `is_reversal` books on the same side, negative (GU).

    A transfer names the account that it empties instead of a debtor, and is net.
    """

    amount: Decimal
    side: str
    debtor: int | str
    account: str
    dated_on: date
    number: str
    text: str
    tax_key: str = ""
    second_number: str = ""
    vat_id: str = ""
    supplied_on: date | None = None
    due_on: date | None = None
    is_reversal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Debtor:
    account: int
    name: str
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    vat_id: str = ""
    email: str = ""
    client_number: str = ""
    due_days: int | None = None
    discount_percent: Decimal | None = None


def case_of(
    *, category: str, percent: Decimal, is_advance: bool = False, is_package: bool = False, is_voucher: bool = False
) -> Case:
    """The case of a line by its VAT category; what is paid ahead is told apart where VAT is charged, or comes later."""
    if is_voucher:
        return Case.VOUCHER
    untaxed = {"AE": Case.REVERSE_CHARGE, "O": Case.THIRD_COUNTRY, "E": Case.EXEMPT, "Z": Case.ZERO}
    if category in untaxed:
        return untaxed[category]
    is_reduced = percent < 10
    if is_advance or (is_package and is_reduced):
        return Case.ADVANCE_REDUCED if is_reduced else Case.ADVANCE
    if is_package:
        return Case.PACKAGE
    return Case.REDUCED if is_reduced else Case.STANDARD


def discount_case_of(*, category: str, percent: Decimal) -> Case:
    """The case of a cash discount that was taken (Gewährte Skonti), by the VAT of what it was taken from."""
    if category == "AE":
        return Case.DISCOUNT_REVERSE
    if category != "S":
        return Case.DISCOUNT_UNTAXED
    return Case.DISCOUNT_REDUCED if percent < 10 else Case.DISCOUNT_STANDARD


def fiscal_year_start(day: date, *, month: int) -> date:
    """The first day of the fiscal year that holds a day."""
    return date(day.year if day.month >= month else day.year - 1, month, 1)


def write_bookings(header: Header, bookings: Iterable[Booking]) -> bytes:
    lines = [_line(_booking(row), len(BOOKING_COLUMNS), BOOKING_TEXTS) for row in bookings]
    return _file([_header(header, '21;"Buchungsstapel";13'), ";".join(BOOKING_COLUMNS), *lines])


def write_debtors(header: Header, debtors: Iterable[Debtor]) -> bytes:
    lines = [_line(_debtor(row), len(DEBTOR_COLUMNS), DEBTOR_TEXTS) for row in debtors]
    return _file([_header(header, '16;"Debitoren/Kreditoren";5'), ";".join(DEBTOR_COLUMNS), *lines])


def _file(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("cp1252")


def _header(header: Header, what: str) -> str:
    made = f"{header.created_at:%Y%m%d%H%M%S}{header.created_at.microsecond // 1000:03}"
    period = ";".join(f"{day:%Y%m%d}" if day else "" for day in (header.first, header.last))
    kind = '1;0;0;"EUR"' if header.first else ';;;""'
    return (
        f'"EXTF";700;{what};{made};;"RE";"{EXPORTED_BY}";"";{header.adviser_number};{header.client_number};'
        f"{header.year_start:%Y%m%d};{header.account_length};{period};"
        f'{_quoted(header.name, 30)};"{header.initials}";{kind};;"";;;"{header.chart}";;;"";""'
    )


def _booking(row: Booking) -> dict[int, str]:
    supplied = f"{row.supplied_on:%d%m%Y}" if row.supplied_on else ""
    second = row.second_number or (f"{row.due_on:%d%m%y}" if row.due_on else "")
    return {
        1: f"{row.amount:.2f}".replace(".", ","),
        2: row.side,
        3: "EUR",
        7: str(row.debtor),
        8: row.account,
        9: row.tax_key,
        10: f"{row.dated_on:%d%m}",
        11: document_number(row.number, 36),
        12: document_number(second, 12),
        14: row.text,
        40: row.vat_id,
        114: "0",
        115: supplied,
        116: supplied,
        117: f"{row.due_on:%d%m%Y}" if row.due_on else "",
        118: "1" if row.is_reversal else "",
    }


def _debtor(row: Debtor) -> dict[int, str]:
    return {
        1: str(row.account),
        2: row.name,
        7: "2",
        8: row.name[:15],
        9: row.vat_id[:2],
        10: row.vat_id[2:],
        15: "STR" if row.street else "",
        16: row.street,
        18: row.postcode,
        19: row.city,
        20: row.country,
        33: row.email,
        99: row.client_number,
        110: "" if row.due_days is None else str(row.due_days),
        111: "" if row.discount_percent is None else f"{row.discount_percent:.2f}".replace(".", ","),
    }


# How much of a text each column holds.
_LENGTHS = {2: 50, 8: 15, 14: 60, 16: 36, 18: 10, 19: 30, 33: 60, 99: 15}


def _line(values: Mapping[int, str], columns: int, texts: Set[int]) -> str:
    return ";".join(
        _quoted(values.get(place, ""), _LENGTHS.get(place, 60)) if place in texts else values.get(place, "")
        for place in range(1, columns + 1)
    )


def _quoted(text: str, length: int) -> str:
    plain = " ".join(_CONTROL.sub(" ", to_cp1252(text)).split())[:length].rstrip()
    return '"' + plain.replace('"', '""') + '"'


def document_number(number: str, length: int) -> str:
    """A number in the characters that DATEV takes; one that is too long is left out rather than cut."""
    plain = _NO_NUMBER.sub("-", to_cp1252(number))
    return plain if len(plain) <= length else ""
