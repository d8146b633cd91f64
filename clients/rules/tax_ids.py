"""Tax identifiers by country: written one way, and checked by their own check digits (python-stdnum, no network)."""

import re

from stdnum.eu import vat
from stdnum.exceptions import ValidationError as Wrong
from stdnum.ru import inn

# Tax and customs code of five characters, two for the reason, three for the number (order MMV-7-6/435@ of the FNS).
KPP = re.compile(r"\d{4}[0-9A-Z]{2}\d{3}")
PERSONS_INN = 12


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


def is_sole_trader(tax_number: str) -> bool:
    """Whether an INN is that of a person, of twelve digits, and not of a company."""
    return len(compact(tax_number)) == PERSONS_INN
