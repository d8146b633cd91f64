"""XRechnung's own rules, which no package ships: KoSIT's BR-DE and the PEPPOL rules that XRechnung takes over.

Each is named by its number in the standard (XRechnung 3.0.2, CIUS) and asks the fields of a document by their numbers
in EN 16931: BT-1 is `fields["BT-1"]`, parties and lists are groups. A rule that is no error is a warning there too.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

type Fields = Mapping[str, Any]

XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
TYPES = frozenset(["326", "380", "381", "384", "389", "875", "876", "877"])
TAXED = frozenset(["S", "Z", "E", "AE", "K", "G", "L", "M"])
TRANSFER, CARD, DEBIT = ("30", "58"), ("48", "54", "55"), ("59",)
TRANSFER_FIELDS, CARD_FIELDS, DEBIT_FIELDS = ("BT-84",), ("BT-87",), ("BT-89", "BT-90", "BT-91")
SLACK = Decimal("0.02")
EMAIL = re.compile(r"[^@\s]+@([^@.\s]+\.)+[^@.\s]+")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
SKONTO = re.compile(r"#SKONTO#TAGE=\d+#PROZENT=\d+\.\d{2}#(BASISBETRAG=-?\d+\.\d{2}#)?")


@dataclass(frozen=True, slots=True)
class Rule:
    """`holds` says whether the document keeps it."""

    code: str
    holds: Callable[[Fields], bool]
    is_fatal: bool = True


def broken_rules(fields: Fields) -> list[Rule]:
    """The rules that a document breaks, in the order of the standard."""
    return [rule for rule in RULES if not rule.holds(fields)]


def _has(fields: Fields, *names: str) -> bool:
    return all(str(fields.get(name) or "").strip() for name in names)


def _group(fields: Fields, name: str) -> Fields:
    found = fields.get(name)
    return found if isinstance(found, Mapping) else {}


def _rows(fields: Fields, name: str) -> list[Fields]:
    found = fields.get(name)
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def _contact(fields: Fields) -> Fields:
    return next(iter(_rows(_group(fields, "BG-4"), "contacts")), {})


def _pays_by(fields: Fields, codes: Iterable[str]) -> bool:
    return str(fields.get("BT-81") or "") in codes


def _any(fields: Fields, names: Iterable[str]) -> bool:
    return any(_has(fields, name) for name in names)


def _needs(codes: Iterable[str], names: Iterable[str]) -> Callable[[Fields], bool]:
    """Payment of these kinds names one of the fields."""
    return lambda fields: not _pays_by(fields, codes) or _any(fields, names)


def _bars(codes: Iterable[str], names: Iterable[str]) -> Callable[[Fields], bool]:
    """Payment of these kinds names none of the fields."""
    return lambda fields: not _pays_by(fields, codes) or not _any(fields, names)


def _of(group: str, *names: str) -> Callable[[Fields], bool]:
    return lambda fields: _has(_group(fields, group), *names)


def _delivered_to(*names: str) -> Callable[[Fields], bool]:
    return lambda fields: "BG-13" not in fields or _has(_group(fields, "BG-13"), *names)


def _seller_is_taxed(fields: Fields) -> bool:
    taxed = any(str(row.get("BT-118")) in TAXED for row in _rows(fields, "BG-23"))
    return not taxed or _any(_group(fields, "BG-4"), ("vat_identifier", "tax_identifier"))


def _skonto_is_written(fields: Fields) -> bool:
    """Lines of the terms that begin with # are Skonto, each in its grammar and ended by a line break."""
    terms = str(fields.get("BT-20") or "")
    marked = [line for line in terms.split("\n") if line.startswith("#")]
    return all(SKONTO.fullmatch(line) for line in marked) and (not marked or terms.endswith("\n"))


def _attachments_differ(fields: Fields) -> bool:
    names = [str(row.get("filename", "")).lower() for row in _rows(fields, "BG-24") if row.get("filename")]
    return len(names) == len(set(names))


def _is_iban(codes: Iterable[str], name: str) -> Callable[[Fields], bool]:
    def holds(fields: Fields) -> bool:
        text = re.sub(r"\s", "", str(fields.get(name) or ""))
        return not _pays_by(fields, codes) or not text or IBAN.fullmatch(text) is not None

    return holds


def _phone_has_digits(fields: Fields) -> bool:
    return len(re.findall(r"\d", str(_contact(fields).get("phone") or "000"))) >= 3


def _email_is_one(fields: Fields) -> bool:
    email = str(_contact(fields).get("email") or "")
    return not email or EMAIL.fullmatch(email) is not None


def _no_empty(fields: Any) -> bool:
    if isinstance(fields, Mapping):
        return all(_no_empty(value) for value in fields.values())
    if isinstance(fields, list):
        return bool(fields) and all(_no_empty(value) for value in fields)
    return fields is not None and str(fields).strip() != ""


def _allowances(fields: Fields) -> Iterator[Fields]:
    yield from (row for name in ("BG-20", "BG-21") for row in _rows(fields, name))
    for line in _rows(fields, "BG-25"):
        yield from (row for name in ("BG-27", "BG-28") for row in _rows(line, name))


def _each_allowance(judge: Callable[[Fields], bool]) -> Callable[[Fields], bool]:
    return lambda fields: all(judge(row) for row in _allowances(fields))


def _allowance_adds_up(row: Fields) -> bool:
    if not _has(row, "rate", "base_amount"):
        return True
    reckoned = Decimal(str(row["base_amount"])) * Decimal(str(row["rate"])) / 100
    return abs(Decimal(str(row["amount"])) - reckoned) <= SLACK


def _line_adds_up(line: Fields) -> bool:
    base = Decimal(str(line.get("BT-149") or 1))
    reckoned = Decimal(str(line["BT-129"])) * Decimal(str(line["BT-146"])) / base
    rest = sum((Decimal(str(row["amount"])) for row in _rows(line, "BG-28")), Decimal(0))
    rest -= sum((Decimal(str(row["amount"])) for row in _rows(line, "BG-27")), Decimal(0))
    return abs(Decimal(str(line["BT-131"])) - reckoned - rest) <= SLACK


def _tax_currency_is_whole(fields: Fields) -> bool:
    return _has(fields, "BT-6") == _has(fields, "BT-111")


RULES = (
    Rule("BR-DE-1", lambda fields: _has(fields, "BT-81")),
    Rule("BR-DE-2", lambda fields: bool(_contact(fields))),
    Rule("BR-DE-3", _of("BG-4", "city")),
    Rule("BR-DE-4", _of("BG-4", "postcode")),
    Rule("BR-DE-5", lambda fields: _has(_contact(fields), "name")),
    Rule("BR-DE-6", lambda fields: _has(_contact(fields), "phone")),
    Rule("BR-DE-7", lambda fields: _has(_contact(fields), "email")),
    Rule("BR-DE-8", _of("BG-7", "city")),
    Rule("BR-DE-9", _of("BG-7", "postcode")),
    Rule("BR-DE-10", _delivered_to("city")),
    Rule("BR-DE-11", _delivered_to("postcode")),
    Rule("BR-DE-14", lambda fields: all(_has(row, "BT-119") for row in _rows(fields, "BG-23"))),
    Rule("BR-DE-15", lambda fields: _has(fields, "BT-10")),
    Rule("BR-DE-16", _seller_is_taxed),
    Rule("BR-DE-17", lambda fields: str(fields.get("BT-3")) in TYPES, is_fatal=False),
    Rule("BR-DE-18", _skonto_is_written),
    Rule("BR-DE-19", _is_iban(("58",), "BT-84"), is_fatal=False),
    Rule("BR-DE-20", _is_iban(("59",), "BT-91"), is_fatal=False),
    Rule("BR-DE-21", lambda fields: fields.get("BT-24") == XRECHNUNG, is_fatal=False),
    Rule("BR-DE-22", _attachments_differ),
    Rule("BR-DE-23-a", _needs(TRANSFER, TRANSFER_FIELDS)),
    Rule("BR-DE-23-b", _bars(TRANSFER, (*CARD_FIELDS, *DEBIT_FIELDS))),
    Rule("BR-DE-24-a", _needs(CARD, CARD_FIELDS)),
    Rule("BR-DE-24-b", _bars(CARD, (*TRANSFER_FIELDS, *DEBIT_FIELDS))),
    Rule("BR-DE-25-a", _needs(DEBIT, DEBIT_FIELDS)),
    Rule("BR-DE-25-b", _bars(DEBIT, (*TRANSFER_FIELDS, *CARD_FIELDS))),
    Rule("BR-DE-26", lambda fields: fields.get("BT-3") != "384" or bool(_rows(fields, "BG-3")), is_fatal=False),
    Rule("BR-DE-27", _phone_has_digits, is_fatal=False),
    Rule("BR-DE-28", _email_is_one, is_fatal=False),
    Rule("BR-DE-30", lambda fields: not _any(fields, DEBIT_FIELDS) or _has(fields, "BT-90")),
    Rule("BR-DE-31", lambda fields: not _any(fields, DEBIT_FIELDS) or _has(fields, "BT-91")),
    Rule("PEPPOL-EN16931-R001", lambda fields: _has(fields, "BT-23")),
    Rule("PEPPOL-EN16931-R008", _no_empty),
    Rule("PEPPOL-EN16931-R010", _of("BG-7", "einvoicing_addr")),
    Rule("PEPPOL-EN16931-R020", _of("BG-4", "einvoicing_addr")),
    Rule("PEPPOL-EN16931-R040", _each_allowance(_allowance_adds_up)),
    Rule("PEPPOL-EN16931-R041", _each_allowance(lambda row: not _has(row, "rate") or _has(row, "base_amount"))),
    Rule("PEPPOL-EN16931-R042", _each_allowance(lambda row: not _has(row, "base_amount") or _has(row, "rate"))),
    Rule("PEPPOL-EN16931-R053", lambda fields: _has(fields, "BT-110") and bool(_rows(fields, "BG-23"))),
    Rule("PEPPOL-EN16931-R054", _tax_currency_is_whole),
    Rule("PEPPOL-EN16931-R120", lambda fields: all(_line_adds_up(line) for line in _rows(fields, "BG-25"))),
)
