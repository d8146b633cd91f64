"""By what a person is recognised in words: full names in either order, addresses, numbers; as PostgreSQL patterns.

Names are looked for as whole words. What was written with another ending (Вебера) is not found: see docs/partners.md.
"""

from collections.abc import Collection, Iterable, Iterator

LEAST_LETTERS = 3
LEAST_DIGITS = 6
BETWEEN_DIGITS = r"[\s()/.–-]{0,3}"


def everywhere(names: Iterable[tuple[str, str]], *, mails: Iterable[str], phones: Iterable[str]) -> str:
    """A pattern for what is the person's alone, whatever the case; empty where nothing is."""
    parts = [*_full_names(names), *(_word(mail) for mail in mails if mail.strip())]
    parts += [_number(digits) for phone in phones for digits in variants(phone)]
    return f"(?i){'|'.join(dict.fromkeys(parts))}" if parts else ""


def by_surname(surnames: Iterable[str]) -> str:
    """A pattern for the last name alone, as it is written: only good where nobody else bears it."""
    parts = [_word(name) for name in surnames if len(name.strip()) >= LEAST_LETTERS]
    return "|".join(dict.fromkeys(parts))


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


def _full_names(names: Iterable[tuple[str, str]]) -> Iterator[str]:
    for first, last in names:
        if len(first.strip()) > 0 and len(last.strip()) > 0:
            one, other = _escaped(first), _escaped(last)
            yield rf"(?<!\w){one}\s+{other}(?!\w)"
            yield rf"(?<!\w){other},?\s+{one}(?!\w)"


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
