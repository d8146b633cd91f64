"""Tax identifiers by country: written one way, and checked by their own check digits (python-stdnum, no network)."""

import re

from stdnum.de import leitweg, stnr
from stdnum.eu import vat
from stdnum.exceptions import ValidationError as Wrong
from stdnum.ru import inn, ogrn

# Tax and customs code of five characters, two for the reason, three for the number (order MMV-7-6/435@ of the FNS).
KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")
PERSONS_INN = 12
# A register entry in Russia is free text in which the OGRN stands: named, or as a run of digits longer than an INN.
OGRN = re.compile(r"(?:ОГРН|OGRN)\D{0,6}(\d+)|(?<!\d)(\d{12,})", re.IGNORECASE)
# Format of Leitweg-IDs 2.0.2: the land or 99 for the federation, at most ten digits more, own part, check digits.
LEITWEG = re.compile(r"(?:0[1-9]|1[0-6]|99)\d{0,10}(?:-[0-9A-Z]{1,30})?-\d{2}")


def compact(value: str) -> str:
    """An identifier without the spaces, dots and hyphens that people write into it, in capitals."""
    return re.sub(r"[\s.\-\u00a0\u202f/]", "", value).upper()


def names_union_state(value: str) -> bool:
    """Whether the first two letters are those of VAT IDs of the Union, Greece and Northern Ireland included."""
    return compact(value)[:2].lower() in {*vat.MEMBER_STATES, "el", "xi", "eu"}


def is_vat_id(value: str) -> bool:
    """Whether it is a VAT ID of a member state of the Union: right prefix, length and check digit."""
    try:
        vat.validate(compact(value))
    except Wrong:
        return False
    return True


def may_be_vat_id(value: str) -> bool:
    """Whether it may be kept as a VAT ID: one of the Union is checked, one of another country taken as it is."""
    return is_vat_id(value) or not names_union_state(value)


def is_inn(value: str) -> bool:
    """Whether it is a Russian INN, of ten digits for a company or twelve for a person. Zeros pass only the sum."""
    try:
        number = inn.validate(compact(value))
    except Wrong:
        return False
    return bool(number.strip("0"))


def is_kpp(value: str) -> bool:
    return KPP.fullmatch(compact(value)) is not None


def is_ogrn(value: str) -> bool:
    """Whether it is the number of a company (OGRN, 13 digits) or sole trader (OGRNIP, 15) in the Russian register."""
    try:
        ogrn.validate(compact(value))
    except Wrong:
        return False
    return True


def wrong_ogrn(register_entry: str) -> str:
    """The first number in a register entry that should be an OGRN and is none, else empty; an INN may stand there."""
    numbers = (found[1] or found[2] for found in OGRN.finditer(register_entry))
    return next((number for number in numbers if not is_ogrn(number) and not is_inn(number)), "")


def is_german_tax_number(value: str) -> bool:
    """Whether some German state writes its tax numbers (Steuernummer) so; their check digits follow no common rule."""
    return bool(stnr.is_valid(compact(value)))


def may_be_leitweg_id(value: str) -> bool:
    """False only for what is written like the Leitweg-ID of a public buyer and has wrong check digits."""
    written = value.strip().upper()
    return LEITWEG.fullmatch(written) is None or is_leitweg_id(written)


def is_leitweg_id(value: str) -> bool:
    try:
        leitweg.validate(value)
    except Wrong:
        return False
    return True


def is_sole_trader(tax_number: str) -> bool:
    """Whether an INN is that of a person, of twelve digits, and not of a company."""
    return len(compact(tax_number)) == PERSONS_INN
