"""By what a person is recognised in words: full names in either order, addresses, numbers; as patterns of PostgreSQL.

Names are looked for as whole words. What was written with another ending (Вебера) is not found: see docs/partners.md.
"""

from collections.abc import Collection, Iterable, Iterator

from crm.sought import Sought, needle

LEAST_LETTERS = 3
LEAST_DIGITS = 6
BETWEEN_DIGITS = r"[\s()/.–-]{0,3}"


def everywhere(names: Iterable[tuple[str, str]], *, mails: Iterable[str], phones: Iterable[str]) -> Sought:
    """For what is the person's alone, whatever the case; nothing where nothing is."""
    whole = [
        (one, other) for first, last in names if first.strip() and last.strip() for one, other in _orders(first, last)
    ]
    addresses = [mail for mail in mails if mail.strip()]
    numbers = [digits for phone in phones for digits in variants(phone)]
    parts = [*(_full_name(*name) for name in whole), *map(_word, addresses), *map(_number, numbers)]
    needles = [*(needle(one + other) for one, other in whole), *map(needle, addresses), *numbers]
    return _sought(parts, needles, flags="(?i)")


def by_surname(surnames: Iterable[str]) -> Sought:
    """For the last name alone, as it is written: only good where nobody else bears it."""
    long = [name for name in surnames if len(name.strip()) >= LEAST_LETTERS]
    return _sought([*map(_word, long)], [*map(needle, long)])


def _sought(parts: Iterable[str], needles: Iterable[str], *, flags: str = "") -> Sought:
    found = "|".join(dict.fromkeys(parts))
    return Sought(f"{flags}{found}" if found else "", tuple(dict.fromkeys(needles)))


def variants(phone: str) -> Iterator[str]:
    """The digits of a number, also as it is dialled at home in Germany (0…) and Russia (8…); short ones are none."""
    digits = "".join(sign for sign in phone if sign.isascii() and sign.isdigit())
    digits = digits.removeprefix("00") if phone.strip().startswith("00") else digits
    if len(digits) < LEAST_DIGITS:
        return
    yield digits
    if digits.startswith("49"):
        yield f"0{digits[2:]}"
    if digits.startswith("7") and len(digits) == 11:
        yield f"8{digits[1:]}"


def same_number(phone: str) -> str:
    """What two writings of one number have in common."""
    return next(iter(variants(phone)), "")


def bears(text: str, surname: str) -> bool:
    """Whether the name of a firm holds the surname as a word of its own."""
    signs = "".join(sign if sign.isalnum() else " " for sign in text.casefold())
    wanted = "".join(sign if sign.isalnum() else " " for sign in surname.casefold())
    return f" {' '.join(wanted.split())} " in f" {' '.join(signs.split())} "


def _orders(first: str, last: str) -> Iterator[tuple[str, str]]:
    yield first, last
    yield last, first


def _full_name(one: str, other: str) -> str:
    return rf"(?<!\w){_escaped(one)},?\s+{_escaped(other)}(?!\w)"


def _word(text: str) -> str:
    return rf"(?<!\w){_escaped(text)}(?!\w)"


def _number(digits: str) -> str:
    return rf"(?<!\d)\+?{BETWEEN_DIGITS.join(digits)}(?!\d)"


def _escaped(text: str) -> str:
    r"""Every sign for itself; a quotation mark also as JSON writes it (\")."""
    return r"\s+".join("".join(map(_sign, word)) for word in text.split())


def _sign(sign: str) -> str:
    if sign == '"':
        return r'\\?"'
    return sign if sign.isalnum() else f"\\{sign}"


def alone[T](values: Collection[T], *, others: Collection[T]) -> list[T]:
    """Those that nobody else has."""
    return [value for value in dict.fromkeys(values) if value not in others]
